//! How many requests of one kind are on their way at the same time.

use std::collections::HashMap;

use crate::call::Call;

/// One request on its way: from being read until its answer is sent or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    /// The app's number.
    pub(crate) app: usize,
}

/// For each call of each app: how many are on their way, and the most there ever were.
#[derive(Debug, Default)]
pub(crate) struct InFlight(HashMap<Flight, Gauge>);

#[derive(Clone, Copy, Debug, Default)]
struct Gauge {
    now: usize,
    peak: usize,
    total: usize,
}

impl InFlight {
    pub(crate) fn begin(&mut self, flight: Flight) {
        let gauge = self.0.entry(flight).or_default();
        gauge.now += 1;
        gauge.total += 1;
        gauge.peak = gauge.peak.max(gauge.now);
    }

    pub(crate) fn end(&mut self, flight: Flight) {
        if let Some(gauge) = self.0.get_mut(&flight) {
            gauge.now = gauge.now.saturating_sub(1);
        }
    }

    /// The most that were on their way at once.
    pub(crate) fn peak(&self, flight: Flight) -> usize {
        self.0.get(&flight).map_or(0, |gauge| gauge.peak)
    }

    /// How many there were.
    pub(crate) fn total(&self, flight: Flight) -> usize {
        self.0.get(&flight).map_or(0, |gauge| gauge.total)
    }

    /// Forgets peaks and totals; what is on its way now counts on.
    pub(crate) fn forget(&mut self) {
        for gauge in self.0.values_mut() {
            (gauge.peak, gauge.total) = (gauge.now, gauge.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_one_call_of_one_app() {
        let mut flights = InFlight::default();
        let flight = |call, app| Flight { call, app };
        let token = flight(Call::ServerToken, 0);
        flights.begin(token);
        flights.begin(flight(Call::ServerToken, 1));
        flights.begin(flight(Call::JsTicket, 0));
        flights.end(token);
        flights.begin(token);
        assert_eq!(flights.peak(token), 1);
        flights.begin(token);
        flights.end(token);
        assert_eq!((flights.peak(token), flights.total(token)), (2, 3));
        flights.forget();
        assert_eq!(flights.peak(token), 1, "one is still on its way");
        assert_eq!(flights.total(token), 1, "and counts");
        flights.end(token);
        flights.forget();
        assert_eq!((flights.peak(token), flights.total(token)), (0, 0));
    }
}
