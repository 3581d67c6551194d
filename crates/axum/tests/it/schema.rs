//! A judge of JSON by schema, as far as the document uses schemas. An unknown word is an error, so
//! that nothing is overlooked.

use serde_json::{Map, Value};

/// Complains of what is wrong with this value.
pub(crate) fn judge(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    walk(document, schema, value, "", &mut complaints);
    complaints
}

fn walk(document: &Value, schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
    for (word, wanted) in schema.as_object().expect("a schema is an object") {
        let good = match word.as_str() {
            "description" => true,
            "$ref" => {
                let path = wanted.as_str().and_then(|path| path.strip_prefix('#')).unwrap();
                let referred = document.pointer(path).unwrap_or_else(|| panic!("no {path}"));
                walk(document, referred, value, at, complaints);
                true
            }
            "allOf" => {
                for schema in wanted.as_array().unwrap() {
                    walk(document, schema, value, at, complaints);
                }
                true
            }
            "type" => is_of_type(value, wanted.as_str().unwrap()),
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_u64() >= wanted.as_u64(),
            "maximum" => value.as_u64() <= wanted.as_u64(),
            "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
            "items" => {
                for (index, item) in value.as_array().unwrap().iter().enumerate() {
                    walk(document, wanted, item, &format!("{at}/{index}"), complaints);
                }
                true
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        walk(document, schema, value, &format!("{at}/{name}"), complaints);
                    }
                }
                true
            }
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "additionalProperties" => {
                assert_eq!(wanted, false);
                let none = Map::new();
                let known = schema["properties"].as_object().unwrap_or(&none);
                value.as_object().unwrap().keys().all(|name| known.contains_key(name))
            }
            _ => panic!("the judge does not know {word}"),
        };
        if !good {
            complaints.push(format!("{at}: {value} is against {word}: {wanted}"));
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => panic!("the judge does not know the type {name}"),
    }
}
