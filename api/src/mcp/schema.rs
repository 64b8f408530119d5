//! JSON Schema of arguments and answers, out of the shapes that the OpenAPI document is made of.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// Where OpenAPI keeps shared schemas, and where JSON Schema does.
const SHARED: [&str; 2] = ["#/components/schemas/", "#/$defs/"];

/// Schemas that others name.
pub type Shared = Vec<(String, RefOr<Schema>)>;

/// What an envelope of `T` names, which does not tell it itself.
pub fn content<T: ToSchema>() -> Shared {
    let mut shared = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut shared);
    shared
}

/// The schema of an object, complete in itself, with what it names besides its own parts.
///
/// # Errors
/// None in practice: it is a value made of strings.
pub fn of<T: ToSchema>(mut shared: Shared) -> Result<Map<String, Value>, serde_json::Error> {
    T::schemas(&mut shared);
    let mut schema = match serde_json::to_value(T::schema())? {
        Value::Object(schema) => schema,
        other => Map::from_iter([("const".to_owned(), other)]),
    };
    // Where members of another are among its own, the schema is a composition, which does not say so.
    schema.insert("type".to_owned(), json!("object"));
    let shared = shared.into_iter().map(|(name, schema)| Ok((name, serde_json::to_value(schema)?)));
    let shared = shared.collect::<Result<Map<_, _>, serde_json::Error>>()?;
    if !shared.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(shared));
    }
    schema.values_mut().for_each(plain);
    Ok(schema)
}

/// Turns OpenAPI's own words into those of JSON Schema.
fn plain(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A property may be called so, but then it is a schema and no text.
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                let [from, to] = SHARED;
                *reference = reference.replace(from, to);
            }
            if let Some(example) = object.get("example").filter(|example| !example.is_object()).cloned() {
                object.remove("example");
                object.insert("examples".to_owned(), json!([example]));
            }
            object.values_mut().for_each(plain);
        }
        Value::Array(all) => all.iter_mut().for_each(plain),
        _ => (),
    }
}
