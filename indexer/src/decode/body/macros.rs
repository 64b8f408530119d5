//! How structs become objects.

/// The named fields of a value, each by its name.
macro_rules! object {
    ($this:expr, $($name:ident),* $(,)?) => {{
        let mut map = serde_json::Map::new();
        $(map.insert(stringify!($name).into(), crate::decode::body::Field::json(&$this.$name));)*
        serde_json::Value::Object(map)
    }};
}

/// Types whose JSON is an expression.
macro_rules! field {
    ($($kind:ty, $this:ident => $value:expr;)*) => {
        $(impl Field for $kind {
            fn json(&self) -> Value {
                let $this = self;
                $value
            }
        })*
    };
}

/// Events all of whose fields are shown as they are.
macro_rules! as_they_are {
    ($($name:ident: $($field:ident),*;)*) => {
        $(impl Field for $name {
            fn json(&self) -> Value {
                object!(self, $($field),*)
            }
        })*
    };
}
