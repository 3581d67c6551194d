//! Futures that are polled when they were woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// All tasks of all processes.
#[derive(Default)]
pub(super) struct Tasks {
    slots: Vec<Option<Task>>,
    free: Vec<usize>,
    ready: Arc<Mutex<Vec<usize>>>,
    /// Of frozen processes.
    stash: Vec<usize>,
}

struct Task {
    process: usize,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    flag: Arc<Flag>,
    waker: Waker,
}

struct Flag {
    id: usize,
    woken: AtomicBool,
    ready: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(self.id);
        }
    }
}

impl Tasks {
    pub(super) fn spawn(
        &mut self,
        process: usize,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let flag = Flag { id, woken: AtomicBool::new(false), ready: Arc::clone(&self.ready) };
        let flag = Arc::new(flag);
        flag.wake_by_ref();
        let waker = Waker::from(Arc::clone(&flag));
        self.slots[id] = Some(Task { process, future: Box::pin(future), flag, waker });
    }

    /// One that was woken, and whose process is not frozen: its number and its process.
    pub(super) fn pick(
        &mut self,
        random: impl FnOnce(usize) -> usize,
        is_frozen: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize)> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = &self.slots;
        let stash = &mut self.stash;
        ready.retain(|id| match &slots[*id] {
            Some(task) if is_frozen(task.process) => {
                stash.push(*id);
                false
            }
            Some(_) => true,
            None => false,
        });
        if ready.is_empty() {
            return None;
        }
        let chosen = random(ready.len());
        let id = ready.swap_remove(chosen);
        Some((id, self.slots[id].as_ref()?.process))
    }

    pub(super) fn poll(&mut self, id: usize) {
        let Some(task) = &mut self.slots[id] else { return };
        task.flag.woken.store(false, Ordering::Relaxed);
        if let Poll::Ready(()) = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)) {
            let _over = self.slots[id].take();
            self.free.push(id);
        }
    }

    /// What was woken while its process was frozen is looked at again.
    pub(super) fn thaw(&mut self) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.stash);
    }

    /// A process is gone.
    pub(super) fn kill(&mut self, process: usize) {
        for (id, slot) in self.slots.iter_mut().enumerate() {
            if slot.as_ref().is_some_and(|task| task.process == process) {
                let _dead = slot.take();
                self.free.push(id);
            }
        }
    }
}
