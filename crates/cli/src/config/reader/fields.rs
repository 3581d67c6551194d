//! The entries of a map, of which the keys are known.

use super::super::problem::{Place, Problem};
use super::super::yaml::Value;
use super::{At, Reader};

/// A map's entries by their known keys.
pub(in super::super) struct Fields<'a> {
    place: Place,
    path: String,
    entries: Vec<(&'static str, At<'a>)>,
    /// Known keys that an unknown one was probably meant for.
    meant: Vec<&'static str>,
}

impl Reader {
    /// The entries of a map. Keys that are not in `known` are noted, and otherwise ignored.
    pub(in super::super) fn map<'a>(
        &mut self,
        at: &At<'a>,
        known: &[&'static str],
    ) -> Option<Fields<'a>> {
        let Value::Map(entries) = &*at.node.value else {
            let remedy = format!("write below it: {}", listed(known));
            self.wrong(at, "is not a group of `key: value`", remedy);
            return None;
        };
        let (place, path) = (at.place(), at.path.clone());
        let mut fields = Fields { place, path, entries: Vec::new(), meant: Vec::new() };
        for (key, place, node) in entries {
            match known.iter().find(|name| **name == key.text) {
                Some(name) => fields.entries.push((name, At { node, path: fields.path_of(name) })),
                None => {
                    let meant = like(&key.text, known);
                    fields.meant.extend(meant);
                    self.push(unknown(meant, *place, &at.path, known));
                }
            }
        }
        Some(fields)
    }

    /// The entry of this key, which must be there.
    pub(in super::super) fn required<'a>(
        &mut self,
        fields: &Fields<'a>,
        name: &str,
        remedy: &'static str,
    ) -> Option<At<'a>> {
        let found = fields.find(name);
        // A slip of a finger is one problem and not two.
        if found.is_none() && !fields.meant.contains(&name) {
            self.missing(fields.place_of(name), fields.path_of(name), remedy);
        }
        found
    }
}

impl<'a> Fields<'a> {
    /// The entry of this key; none if there is nothing behind it.
    pub(in super::super) fn find(&self, name: &str) -> Option<At<'a>> {
        self.written(name).filter(|at| !at.is_nothing()).cloned()
    }

    fn written(&self, name: &str) -> Option<&At<'a>> {
        self.entries.iter().find(|(known, _)| *known == name).map(|(_, at)| at)
    }

    pub(in super::super) fn place(&self) -> Place {
        self.place
    }

    /// Where the key's value stands, or the map if it is not there.
    fn place_of(&self, name: &str) -> Place {
        self.written(name).map_or(self.place, At::place)
    }

    pub(in super::super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

fn unknown(meant: Option<&str>, place: Place, path: &str, known: &[&str]) -> Problem {
    let remedy = match meant {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", listed(known)),
    };
    Problem::error(place, path, "unknown key", remedy)
}

/// The known key that was probably meant.
fn like(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // A long text is no slip of a finger, and comparing takes its length squared.
    if key.len() > 64 {
        return None;
    }
    let key = key.to_ascii_lowercase().replace('-', "_");
    let distance = |name: &str| strsim::damerau_levenshtein(&key, name);
    let nearest = known.iter().min_by_key(|name| distance(name))?;
    if distance(nearest) * 3 <= nearest.len() {
        return Some(nearest);
    }
    let mut parts =
        known.iter().filter(|name| key.len() >= 3 && (name.contains(&key) || key.contains(**name)));
    parts.next().filter(|_| parts.next().is_none()).copied()
}

fn listed(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["app_id", "app_secret", "app_name", "page_origins"];

    #[test]
    fn a_slip_is_answered_by_what_was_meant() {
        for (key, meant) in [
            ("app_scret", Some("app_secret")),
            ("App-Secret", Some("app_secret")),
            ("appid", Some("app_id")),
            ("secret", Some("app_secret")),
            ("page_origin", Some("page_origins")),
            ("app", None),
            ("listen", None),
            ("", None),
            (&"app_secret".repeat(100), None),
        ] {
            assert_eq!(like(key, &KNOWN), meant, "{key}");
        }
    }
}
