//! The scenarios, by what they are about.

mod apps;
pub(crate) mod cancelled;
pub(crate) mod complaints;
mod kept;
pub(crate) mod shared;
mod tickets;

use shuttle::future::{JoinHandle, block_on, spawn};

/// Waits for all of these.
pub(crate) fn joined<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    tasks.into_iter().map(|task| block_on(task).unwrap()).collect()
}

/// So many tasks of the same kind.
pub(crate) fn crowd<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    task: impl Fn() -> F,
) -> Vec<JoinHandle<T>> {
    (0..count).map(|_| spawn(task())).collect()
}

/// Writes a test that explores each of these scenarios.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            crate::runner::explore(stringify!($name), super::$name);
        }
    )+};
}
pub(crate) use scenarios;
