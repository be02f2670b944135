//! The part of OpenAPI 3.1 that is written, in the order in which it is written.

use crate::map::IndexMap;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) security: Vec<IndexMap<&'static str, Vec<String>>>,
    pub(super) paths: IndexMap<&'static str, PathItem>,
    pub(super) components: Components,
}

#[derive(Serialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PathItem {
    Get(Operation),
    Post(Operation),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) operation_id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Nobody has to say who they are, where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) security: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: IndexMap<&'static str, Response>,
}

#[derive(Serialize)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) content: Content,
}

#[derive(Serialize)]
pub(super) struct Response {
    pub(super) description: &'static str,
    pub(super) content: Content,
}

/// Always JSON.
#[derive(Serialize)]
pub(super) struct Content {
    #[serde(rename = "application/json")]
    pub(super) json: MediaType,
}

#[derive(Serialize)]
pub(super) struct MediaType {
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<serde_json::Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: IndexMap<String, Schema>,
    pub(super) security_schemes: IndexMap<&'static str, SecurityScheme>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityScheme {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) scheme: &'static str,
    pub(super) bearer_format: &'static str,
}

/// A JSON Schema of 2020-12; absent keywords are not written.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_or_many"
    )]
    pub(super) types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deprecated: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) read_only: bool,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) only: Option<String>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<u32>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) properties: IndexMap<String, Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    /// The same over all parts that a schema is put together from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unevaluated_properties: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discriminator: Option<Discriminator>,
}

/// What members an object has beside those that are named.
#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Additional {
    /// Any, or none.
    Any(bool),
    /// Those of a schema.
    Of(Box<Schema>),
}

/// Which member tells which schema it is.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discriminator {
    pub(super) property_name: &'static str,
    /// By the value of that member.
    pub(super) mapping: IndexMap<String, String>,
}

impl Schema {
    /// Of one type.
    pub(super) fn of(kind: &'static str) -> Self {
        Schema {
            types: vec![kind],
            ..Schema::default()
        }
    }

    /// A schema of the components.
    pub(super) fn reference(name: &str) -> Self {
        Schema {
            reference: Some(pointer(name)),
            ..Schema::default()
        }
    }

    /// This text and no other.
    pub(super) fn only(text: &str) -> Self {
        Schema {
            only: Some(text.to_owned()),
            ..Schema::default()
        }
    }

    /// A list.
    pub(super) fn list(items: Schema) -> Self {
        Schema {
            items: Some(Box::new(items)),
            ..Schema::of("array")
        }
    }

    /// An object; those of its members that are named in `required` have to be there.
    pub(super) fn object<const N: usize>(required: &[&str], members: [(&str, Schema); N]) -> Self {
        Schema {
            properties: members
                .into_iter()
                .map(|(name, schema)| (name.to_owned(), schema))
                .collect(),
            required: required.iter().map(|name| (*name).to_owned()).collect(),
            ..Schema::of("object")
        }
    }

    /// With what it tells.
    pub(super) fn told(self, description: impl Into<String>) -> Self {
        Schema {
            description: Some(description.into()),
            ..self
        }
    }

    /// One of these texts.
    pub(super) fn one_of(values: &[&str]) -> Self {
        Schema {
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            ..Schema::of("string")
        }
    }
}

/// Where a schema of the components is.
pub(super) fn pointer(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// `"string"`, `["string", "null"]`.
fn one_or_many<S: serde::Serializer>(types: &[&'static str], out: S) -> Result<S::Ok, S::Error> {
    match types {
        [one] => out.serialize_str(one),
        many => out.collect_seq(many),
    }
}
