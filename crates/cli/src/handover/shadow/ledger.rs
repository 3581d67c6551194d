//! What is known of all codes, in the order in which the task renews them. Pure.

use yzb::UnixSeconds;

use super::super::{Slot, span_words};
use super::book::{Book, Rules};
use super::remark::Remark;
use super::seen::{By, Seen};
use super::summary::Summary;

/// All books.
pub(in super::super) struct Ledger {
    books: Vec<(String, usize, Book)>,
    rules: Rules,
    /// At which app the task stopped, as it was last told.
    stopped_at: Option<usize>,
    pub(in super::super) summary: Summary,
}

impl Ledger {
    pub(super) fn new(slots: &[Slot], rules: Rules) -> Self {
        let books = slots.iter().map(|slot| (slot.name(), slot.app, Book::new())).collect();
        Self { books, rules, stopped_at: None, summary: Summary::default() }
    }

    /// Whether this is another record than the last look found under this number.
    pub(super) fn is_news(&self, number: usize, seen: &Seen) -> bool {
        self.books.get(number).is_some_and(|(_, _, book)| book.is_news(seen))
    }

    /// Takes in what one look found, in the order of the slots.
    pub(super) fn look(&mut self, now: UnixSeconds, seen: Vec<Seen>) -> Vec<Remark> {
        let mut remarks = Vec::new();
        self.summary.looks += 1;
        for ((name, _, book), seen) in self.books.iter_mut().zip(seen) {
            let of_this = book.look(now, seen, self.rules, &mut self.summary);
            remarks.extend(of_this.into_iter().map(|it| Remark { of: Some(name.clone()), ..it }));
        }
        remarks.extend(self.follow_the_task(now));
        remarks
    }

    /// Ends: what is still open is counted.
    pub(super) fn close(&mut self, now: UnixSeconds) {
        for (_, _, book) in &self.books {
            book.close(now, &mut self.summary);
        }
    }

    /// The task goes through its apps in order, and ends its round at what it cannot do.
    fn follow_the_task(&mut self, now: UnixSeconds) -> Option<Remark> {
        let stops = self.books.iter().find(|(_, _, book)| book.stops_the_task(now));
        let stops = stops.map(|(name, app, _)| (name.clone(), *app));
        let before = self.stopped_at;
        self.stopped_at = stops.as_ref().map(|(_, app)| *app);
        match stops {
            Some((_, app)) if before == Some(app) => None,
            Some((name, app)) => {
                let behind = self.behind(app, now);
                if behind.0 == 0 {
                    return None;
                }
                self.summary.stuck += 1;
                let first = behind.1.map_or_else(String::new, |left| {
                    format!(", the first of them is over in {}", span_words(left))
                });
                let text = format!(
                    "the task does not get past this: {} codes of apps behind it are not renewed{first}",
                    behind.0
                );
                Some(Remark { of: Some(name), ..Remark::wrong(now, "stuck", text) })
            }
            None => before
                .map(|_| Remark::note(now, "unstuck", "the task gets through all its apps again")),
        }
    }

    /// How many codes behind this app only the task renews, and the seconds that the first has left.
    fn behind(&self, app: usize, now: UnixSeconds) -> (usize, Option<u64>) {
        let behind = self.books.iter().filter(|(_, other, _)| *other > app);
        let of_task = |book: &Book| book.usable(now).is_none_or(|card| card.by == By::Task);
        let behind: Vec<_> = behind.filter(|(_, _, book)| of_task(book)).collect();
        let left = behind.iter().filter_map(|(_, _, book)| Some(book.usable(now)?.left(now))).min();
        (behind.len(), left)
    }
}
