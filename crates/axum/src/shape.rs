//! What is sent and answered as JSON, with a schema of each that is made from the same lines.

use serde_json::{Map, Value, json};

/// Something that has a schema.
pub(crate) trait Shape {
    /// Its name in the document, if it is one of the named ones.
    const NAME: Option<&'static str> = None;

    /// What it looks like.
    fn schema() -> Value;

    /// The named shapes that it consists of, itself among them.
    fn parts(into: &mut Map<String, Value>) {
        if let Some(name) = Self::NAME {
            into.insert(name.to_owned(), Self::schema());
        }
    }

    /// Whether it is left out of an object.
    fn is_absent(&self) -> bool {
        false
    }

    /// Whether it may be left out of an object.
    const OPTIONAL: bool = false;
}

/// How a shape is named where it is used.
pub(crate) fn reference<T: Shape>() -> Value {
    match T::NAME {
        Some(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        None => T::schema(),
    }
}

/// The same with a description, as part of an object.
pub(crate) fn property<T: Shape>(about: &[&str]) -> Value {
    let mut schema = reference::<T>();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), sentence(about).into());
    }
    schema
}

/// Doc lines as one text.
pub(crate) fn sentence(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

macro_rules! plain_shapes {
    ($($Type:ty = $schema:tt;)+) => {$(
        impl Shape for $Type {
            fn schema() -> Value {
                json!($schema)
            }
        }
    )+};
}

plain_shapes! {
    bool = { "type": "boolean" };
    u64 = { "type": "integer", "minimum": 0 };
    String = { "type": "string" };
    &str = { "type": "string" };
}

/// Visible ASCII up to so many characters: what an auth code is.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Visible<const MOST: usize>(pub(crate) String);

/// A token or a ticket: the same, without `&`.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeText(pub(crate) String);

impl<const MOST: usize> Shape for Visible<MOST> {
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": MOST, "pattern": "^[!-~]+$" })
    }
}

impl Shape for CodeText {
    fn schema() -> Value {
        let most = yzb::proto::LONGEST_TOKEN;
        json!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": "^[!-%'-~]+$" })
    }
}

impl<T: Shape> Shape for Option<T> {
    const OPTIONAL: bool = true;

    fn schema() -> Value {
        reference::<T>()
    }

    fn parts(into: &mut Map<String, Value>) {
        T::parts(into);
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": reference::<T>() })
    }

    fn parts(into: &mut Map<String, Value>) {
        T::parts(into);
    }
}

/// An object: its struct, its schema, and how it is written or read.
macro_rules! shape {
    (@struct answer [$(#[$doc:meta])+] $Name:ident { $($(#[$about:meta])+ $field:ident: $Type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(serde::Serialize)]
        pub(crate) struct $Name {
            $(
                $(#[$about])+
                #[serde(skip_serializing_if = "crate::shape::Shape::is_absent")]
                pub(crate) $field: $Type,
            )+
        }
    };
    (@struct body [$(#[$doc:meta])+] $Name:ident { $($(#[$about:meta])+ $field:ident: $Type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $Name {
            $($(#[$about])+ pub(crate) $field: $Type,)+
        }
    };
    ($what:ident $(#[doc = $doc:literal])+ $Name:ident {
        $($(#[doc = $about:literal])+ $field:ident: $Type:ty,)+
    }) => {
        $crate::shape::shape! {
            @struct $what [$(#[doc = $doc])+] $Name { $($(#[doc = $about])+ $field: $Type,)+ }
        }

        impl $crate::shape::Shape for $Name {
            const NAME: Option<&'static str> = Some(stringify!($Name));

            fn schema() -> serde_json::Value {
                use $crate::shape::{Shape, property, sentence};
                let mut properties = serde_json::Map::new();
                let mut required = Vec::<&str>::new();
                $(
                    let about = property::<$Type>(&[$($about),+]);
                    properties.insert(stringify!($field).to_owned(), about);
                    if !<$Type as Shape>::OPTIONAL {
                        required.push(stringify!($field));
                    }
                )+
                serde_json::json!({
                    "type": "object",
                    "description": sentence(&[$($doc),+]),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }

            fn parts(into: &mut serde_json::Map<String, serde_json::Value>) {
                into.insert(stringify!($Name).to_owned(), Self::schema());
                $(<$Type as $crate::shape::Shape>::parts(into);)+
            }
        }
    };
}

/// One of some words.
macro_rules! words {
    ($(#[doc = $doc:literal])+ $Name:ident { $($(#[doc = $about:literal])+ $Word:ident = $word:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $Name {
            $($(#[doc = $about])+ #[serde(rename = $word)] $Word,)+
        }

        impl $crate::shape::Shape for $Name {
            const NAME: Option<&'static str> = Some(stringify!($Name));

            fn schema() -> serde_json::Value {
                let mut about = $crate::shape::sentence(&[$($doc),+]);
                $(
                    about += " `";
                    about += $word;
                    about += "`: ";
                    about += &$crate::shape::sentence(&[$($about),+]);
                )+
                serde_json::json!({
                    "type": "string",
                    "description": about,
                    "enum": [$($word),+],
                })
            }
        }
    };
}

pub(crate) use {shape, words};

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        /// A colour.
        Colour {
            /// As blood.
            Red = "red",
        }
    }

    shape! { answer
        /// A thing.
        Thing {
            /// What it is called.
            name: String,
            /// How it looks.
            colour: Option<Colour>,
            /// Parts.
            parts: Vec<Colour>,
        }
    }

    shape! { body
        /// A wish.
        Wish {
            /// For what.
            colour: Colour,
        }
    }

    #[test]
    fn the_schema_is_that_of_what_is_written() {
        let mut parts = Map::new();
        Thing::parts(&mut parts);
        assert_eq!(
            Value::Object(parts),
            json!({
                "Colour": { "type": "string", "enum": ["red"], "description": "A colour. `red`: As blood." },
                "Thing": {
                    "type": "object",
                    "description": "A thing.",
                    "properties": {
                        "name": { "type": "string", "description": "What it is called." },
                        "colour": { "$ref": "#/components/schemas/Colour", "description": "How it looks." },
                        "parts": {
                            "type": "array",
                            "items": { "$ref": "#/components/schemas/Colour" },
                            "description": "Parts.",
                        },
                    },
                    "required": ["name", "parts"],
                    "additionalProperties": false,
                },
            })
        );
        let thing = Thing { name: "x".into(), colour: None, parts: vec![Colour::Red] };
        assert_eq!(serde_json::to_string(&thing).unwrap(), r#"{"name":"x","parts":["red"]}"#);
        let wish: Wish = serde_json::from_str(r#"{"colour":"red"}"#).unwrap();
        assert_eq!(wish.colour, Colour::Red);
        assert!(serde_json::from_str::<Wish>(r#"{"colour":"red","x":1}"#).is_err());
    }
}
