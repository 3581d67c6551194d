//! The pages in `docs/`: each command's help, normal use and failing use, as they are written there.

use yzb_emulator::{ClockMode, Emulator, World, demo};

use crate::scratch::Folder;

#[test]
fn every_block_of_the_documentation_is_as_the_program_does() {
    trycmd::TestCases::new().case("docs/*.md").skip("docs/ask.md").skip("docs/takeover.md").run();
}

/// Of a platform that has the demonstration's world.
#[test]
fn every_block_of_the_commands_that_ask_is_as_they_do() {
    let platform = Emulator::builder(World::demo()).clock(ClockMode::Real).start().unwrap();
    let folder = Folder::new("documented");
    trycmd::TestCases::new()
        .case("docs/ask.md")
        .env("YZB_APP_ID", demo::APP_ID)
        .env("YZB_APP_SECRET", demo::APP_SECRET)
        .env("YZB_ORIGIN", platform.origin())
        .env("YZB_STATE_DIRECTORY", folder.path().to_str().unwrap())
        .run();
}

/// Beside a task that has just done its round.
#[cfg(unix)]
#[test]
fn every_block_of_the_commands_that_hand_over_is_as_they_do() {
    use crate::redis::server::PASSWORD;
    let scene = crate::handover::Scene::new("documented-takeover");
    scene.task_round();
    let url = format!("redis://yzb:{PASSWORD}@127.0.0.1:{}", scene.redis.port);
    trycmd::TestCases::new()
        .case("docs/takeover.md")
        .env("YZB_APP_ID", demo::APP_ID)
        .env("YZB_APP_SECRET", demo::APP_SECRET)
        .env("YZB_ORIGIN", scene.platform.origin())
        .env("YZB_REDIS_URL", url)
        .run();
}
