//! The platform, in a process of its own.

use anyhow::Result;
use cpu_time::ProcessTime;
use yzb_emulator::{Call, Emulator, World};

use crate::child::{answer, told};
use crate::{SECRET, app_id};

/// Says where it is; then, when asked, how many tokens and tickets it issued, how many apps have one
/// of each, and the CPU milliseconds that it took.
pub(crate) fn serve(apps: usize) -> Result<()> {
    let world = (0..apps).fold(World::new(), |world, app| world.app(app_id(app), SECRET));
    let emulator = Emulator::builder(world).real_clock().start()?;
    let before = ProcessTime::now();
    answer(emulator.origin())?;
    while told()?.is_some() {
        let cpu = before.elapsed().as_secs_f64() * 1000.0;
        let count = |call, app: Option<&str>| emulator.calls(call, app);
        let ones = (0..apps).map(app_id).filter(|app| {
            [Call::ServerToken, Call::JsTicket].iter().all(|call| count(*call, Some(app)) == 1)
        });
        let (tokens, tickets) = (count(Call::ServerToken, None), count(Call::JsTicket, None));
        answer(&format!("{tokens} {tickets} {} {cpu}", ones.count()))?;
    }
    Ok(())
}
