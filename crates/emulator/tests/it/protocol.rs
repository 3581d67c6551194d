//! The platform's documents row by row, one test each, so that a failing name is the rule that
//! broke: the ten calls, the statuses, the values. What follows from the rules when time passes and
//! people misbehave is told in the other files.

mod calls;
mod statuses;
mod values;
