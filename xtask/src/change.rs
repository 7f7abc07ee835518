//! The kinds of change, and what each means for callers.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use crate::edit::Edit;

/// Which way the described value travels. The same change has the opposite effect in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Direction {
    /// From the caller to the API.
    Request,
    /// From the API to the caller.
    Response,
}

/// What a kind of change does to one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Callers may fail.
    Breaks,
    /// Callers are not affected.
    Compatible,
    /// The documents do not say enough to decide.
    Unknown,
    /// The change does not occur in this direction.
    Never,
}

/// What a change means for callers that follow the old document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Requests may be refused, or may mean something else.
    BreaksRequests,
    /// Responses may be unreadable, or may lack a part.
    BreaksResponses,
    /// Not decidable. Counts as breaking until it is reviewed.
    Unknown,
    /// Callers are not affected.
    Compatible,
}

impl Verdict {
    /// Every verdict, the worst first.
    pub(crate) const ALL: [Verdict; 4] =
        [Verdict::BreaksRequests, Verdict::BreaksResponses, Verdict::Unknown, Verdict::Compatible];

    /// Whether a release with this change is a breaking one.
    pub(crate) fn is_breaking(self) -> bool {
        self != Verdict::Compatible
    }
}

/// Declares [`Change`] from the table of kinds: name, id, meaning, effect on requests, effect on
/// responses.
macro_rules! changes {
    ($($name:ident $id:literal $meaning:literal $request:ident $response:ident;)*) => {
        /// A kind of change. The id of each is stable: `spec/deviations.yaml` and the JSON reports
        /// refer to it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub(crate) enum Change {
            $(#[doc = $meaning] #[serde(rename = $id)] $name,)*
        }

        impl Change {
            /// Every kind, in the order of the table.
            pub(crate) const ALL: &[Change] = &[$(Change::$name),*];

            /// The stable id.
            pub(crate) fn id(self) -> &'static str {
                match self { $(Change::$name => $id,)* }
            }

            /// The meaning, in one or more sentences.
            pub(crate) fn meaning(self) -> &'static str {
                match self { $(Change::$name => $meaning,)* }
            }

            /// What the change does to requests and to responses.
            pub(crate) fn effects(self) -> (Effect, Effect) {
                match self { $(Change::$name => (Effect::$request, Effect::$response),)* }
            }
        }
    };
}

changes! {
    // Operations.
    OperationAdded "operation-added" "The operation was added." Compatible Never;
    OperationRemoved "operation-removed" "The operation was removed." Breaks Never;
    OperationMoved "operation-moved" "The operation has another method or path, paired by operationId. A trailing slash counts." Breaks Never;
    OperationIdChanged "operation-id-changed" "The operationId changed, which renames generated functions." Compatible Never;
    Deprecated "deprecated" "The operation, parameter, header or field is deprecated." Compatible Compatible;
    DeprecationRemoved "deprecation-removed" "The operation, parameter, header or field is no longer deprecated." Compatible Compatible;
    SunsetSet "sunset-set" "The sunset date was added or moved to a later date." Compatible Compatible;
    SunsetEarlier "sunset-earlier" "The sunset date was moved to an earlier date." Breaks Breaks;
    SunsetRemoved "sunset-removed" "The sunset date was removed." Unknown Unknown;
    StabilityDecreased "stability-decreased" "The stability level was lowered." Unknown Never;
    StabilityIncreased "stability-increased" "The stability level was raised." Compatible Never;
    PermissionAdded "permission-added" "One more token permission is accepted." Compatible Never;
    PermissionRemoved "permission-removed" "A token permission is no longer accepted." Breaks Never;
    PermissionsChanged "permissions-changed" "The list of token permissions was added or removed as a whole." Unknown Never;
    // Servers and security.
    ServerAdded "server-added" "A server was added." Compatible Never;
    ServerRemoved "server-removed" "A server was removed." Breaks Never;
    ServerOrderChanged "server-order-changed" "The first server, which clients use by default, is another one." Unknown Never;
    ServerDefaultChanged "server-default-changed" "The default of a server variable changed." Breaks Never;
    ServerValueAdded "server-value-added" "A server variable accepts one more value." Compatible Never;
    ServerValueRemoved "server-value-removed" "A server variable no longer accepts a value." Breaks Never;
    SecurityAdded "security-added" "One more way to authenticate is accepted." Compatible Never;
    SecurityRemoved "security-removed" "A way to authenticate is no longer accepted." Breaks Never;
    SecuritySchemeChanged "security-scheme-changed" "A security scheme changed, for instance the URL that issues tokens." Unknown Never;
    ScopeAdded "scope-added" "One more scope is needed." Breaks Never;
    ScopeRemoved "scope-removed" "A scope is no longer needed." Compatible Never;
    // Parameters and request bodies.
    ParameterAdded "parameter-added" "The optional parameter was added." Compatible Never;
    ParameterAddedRequired "parameter-added-required" "The required parameter was added." Breaks Never;
    ParameterRemoved "parameter-removed" "The parameter was removed." Breaks Never;
    ParameterBecameRequired "parameter-became-required" "The parameter became required." Breaks Never;
    ParameterBecameOptional "parameter-became-optional" "The parameter became optional." Compatible Never;
    ParameterStyleChanged "parameter-style-changed" "The parameter is serialized differently (`style`, `explode`, `allowReserved`)." Breaks Never;
    BodyAdded "body-added" "The optional request body was added." Compatible Never;
    BodyAddedRequired "body-added-required" "The required request body was added." Breaks Never;
    BodyRemoved "body-removed" "The request body was removed." Breaks Never;
    BodyBecameRequired "body-became-required" "The request body became required." Breaks Never;
    BodyBecameOptional "body-became-optional" "The request body became optional." Compatible Never;
    MediaTypeAdded "media-type-added" "A media type was added. A client names the ones it reads in `Accept`." Compatible Compatible;
    MediaTypeRemoved "media-type-removed" "A media type was removed." Breaks Breaks;
    MediaTypeParametersChanged "media-type-parameters-changed" "Parameters of a media type changed, other than its charset." Unknown Unknown;
    // Responses.
    SuccessStatusAdded "success-status-added" "The success status was added." Never Breaks;
    SuccessStatusRemoved "success-status-removed" "The success status was removed." Never Breaks;
    FailureStatusAdded "failure-status-added" "The failure status was added. Callers handle failures anyway." Never Compatible;
    FailureStatusRemoved "failure-status-removed" "The failure status was removed." Never Unknown;
    DefaultResponseAdded "default-response-added" "The default response was added." Never Unknown;
    DefaultResponseRemoved "default-response-removed" "The default response was removed." Never Unknown;
    HeaderAdded "header-added" "The response header was added." Never Compatible;
    HeaderRemoved "header-removed" "The response header was removed." Never Breaks;
    HeaderBecameRequired "header-became-required" "The response header is always sent." Never Compatible;
    HeaderBecameOptional "header-became-optional" "The response header may be missing." Never Breaks;
    // Types and values.
    TypeWidened "type-widened" "More types are allowed." Compatible Breaks;
    TypeNarrowed "type-narrowed" "Fewer types are allowed." Breaks Compatible;
    TypeChanged "type-changed" "Another type is allowed." Breaks Breaks;
    BecameNullable "became-nullable" "Null became allowed." Compatible Breaks;
    BecameNotNullable "became-not-nullable" "Null is no longer allowed." Breaks Compatible;
    EnumAdded "enum-added" "Any value was allowed, now only listed ones are." Breaks Compatible;
    EnumRemoved "enum-removed" "Only listed values were allowed, now any is." Compatible Breaks;
    EnumValueAdded "enum-value-added" "A value was added to an enum." Compatible Breaks;
    EnumValueRemoved "enum-value-removed" "A value was removed from an enum." Breaks Compatible;
    ExtensibleValueAdded "extensible-value-added" "A value of `x-extensible-enum` was added. Readers must expect it." Compatible Compatible;
    ExtensibleValueRemoved "extensible-value-removed" "A value of `x-extensible-enum` was removed." Breaks Compatible;
    FormatAdded "format-added" "A format was added." Breaks Compatible;
    FormatRemoved "format-removed" "A format was removed." Compatible Breaks;
    FormatWidened "format-widened" "The format allows more numbers." Compatible Breaks;
    FormatNarrowed "format-narrowed" "The format allows fewer numbers." Breaks Compatible;
    FormatChanged "format-changed" "The format changed." Breaks Breaks;
    PatternAdded "pattern-added" "A pattern was added." Breaks Compatible;
    PatternRemoved "pattern-removed" "A pattern was removed." Compatible Breaks;
    PatternChanged "pattern-changed" "The pattern changed." Unknown Unknown;
    BoundTightened "bound-tightened" "A bound was added or became stricter." Breaks Compatible;
    BoundLoosened "bound-loosened" "A bound was removed or became less strict." Compatible Breaks;
    ConstraintAdded "constraint-added" "Another constraint was added, for instance `uniqueItems`." Breaks Compatible;
    ConstraintRemoved "constraint-removed" "Another constraint was removed." Compatible Breaks;
    ConstraintChanged "constraint-changed" "Another constraint changed." Unknown Unknown;
    DefaultAdded "default-added" "A default was added." Compatible Never;
    DefaultRemoved "default-removed" "A default was removed." Unknown Never;
    DefaultChanged "default-changed" "Leaving the value out means something else." Breaks Never;
    // Fields and alternatives.
    FieldAdded "field-added" "The optional field was added." Compatible Compatible;
    FieldAddedRequired "field-added-required" "The required field was added." Breaks Compatible;
    FieldAddedToClosed "field-added-to-closed" "The field was added where unknown fields were forbidden." Never Breaks;
    FieldRemoved "field-removed" "The field was removed." Breaks Breaks;
    FieldBecameRequired "field-became-required" "The field became required." Breaks Compatible;
    FieldBecameOptional "field-became-optional" "The field became optional." Compatible Breaks;
    BecameReadOnly "became-read-only" "The field may no longer be sent." Breaks Never;
    NoLongerReadOnly "no-longer-read-only" "The field may be sent." Compatible Never;
    BecameWriteOnly "became-write-only" "The field is no longer returned." Never Breaks;
    NoLongerWriteOnly "no-longer-write-only" "The field is returned." Never Compatible;
    OtherFieldsForbidden "other-fields-forbidden" "Undeclared fields are no longer allowed." Breaks Compatible;
    OtherFieldsAllowed "other-fields-allowed" "Undeclared fields became allowed." Compatible Breaks;
    OtherFieldsNarrowed "other-fields-narrowed" "Undeclared fields must follow a schema." Breaks Compatible;
    OtherFieldsWidened "other-fields-widened" "Undeclared fields may have any value." Compatible Breaks;
    AlternativeAdded "alternative-added" "An alternative of `oneOf` or `anyOf` was added." Compatible Breaks;
    AlternativeRemoved "alternative-removed" "An alternative of `oneOf` or `anyOf` was removed." Breaks Compatible;
    DiscriminatorAdded "discriminator-added" "The discriminator was added." Compatible Compatible;
    DiscriminatorRemoved "discriminator-removed" "The discriminator was removed." Unknown Unknown;
    DiscriminatorChanged "discriminator-changed" "The property or the mapping of a discriminator changed." Unknown Unknown;
    // Anything else.
    UnknownKeyChanged "unknown-key-changed" "A key changed whose meaning is not known to the comparison." Unknown Unknown;
    NotComparable "not-comparable" "The comparison is not possible, for instance because a schema consists of itself." Unknown Unknown;
    DocumentationChanged "documentation-changed" "Only descriptions, examples, tags or extensions changed." Compatible Compatible;
    UnusedComponentChanged "unused-component-changed" "A component changed that no operation uses." Compatible Never;
    OpenapiVersionChanged "openapi-version-changed" "The document uses another version of OpenAPI." Compatible Never;
    Rewritten "rewritten" "The document is written differently and means the same." Compatible Never;
}

impl Change {
    /// What the change means for callers in this direction.
    pub(crate) fn verdict(self, direction: Direction) -> Verdict {
        let (request, response) = self.effects();
        match (direction, request, response) {
            (Direction::Request, Effect::Breaks, _) => Verdict::BreaksRequests,
            (Direction::Response, _, Effect::Breaks) => Verdict::BreaksResponses,
            (Direction::Request, Effect::Compatible, _)
            | (Direction::Response, _, Effect::Compatible) => Verdict::Compatible,
            _ => Verdict::Unknown,
        }
    }

    /// The change of a flag: that it was set, or that it was cleared.
    pub(crate) fn of_flag([set, cleared]: [Self; 2], was: bool, is: bool) -> Option<Self> {
        match (was, is) {
            (false, true) => Some(set),
            (true, false) => Some(cleared),
            _ => None,
        }
    }

    /// The change of a set: that it grew, that it shrank, or another.
    pub(crate) fn of_sets<T: Ord>(
        [grown, shrunk, other]: [Self; 3],
        was: &BTreeSet<T>,
        is: &BTreeSet<T>,
    ) -> Option<Self> {
        match (was.is_subset(is), is.is_subset(was)) {
            (true, true) => None,
            (true, false) => Some(grown),
            (false, true) => Some(shrunk),
            (false, false) => Some(other),
        }
    }

    /// The first sentence of the meaning, as the message of a finding.
    pub(crate) fn message(self) -> String {
        let sentence = self.meaning().split(['.', ',', '(']).next().unwrap_or_default().trim_end();
        let (first, rest) = sentence.split_at(1);
        first.to_lowercase() + rest
    }

    /// Whether nothing that a program depends on changed.
    pub(crate) fn is_documentation(self) -> bool {
        matches!(
            self,
            Change::DocumentationChanged
                | Change::UnusedComponentChanged
                | Change::OpenapiVersionChanged
                | Change::Rewritten
        )
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The named schema that a change is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct InSchema {
    /// The name of the component.
    pub(crate) name: String,
    /// The place in it, empty for the schema itself.
    pub(crate) at: String,
}

/// One change at one place of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) change: Change,
    pub(crate) verdict: Verdict,
    /// The operationId, or method and path if there is none. Empty for the whole document.
    pub(crate) operation: String,
    /// The place in the operation, such as `200 · result[].email`. Empty for the operation itself.
    pub(crate) place: String,
    /// The named schema around the place, if there is one.
    pub(crate) schema: Option<InSchema>,
    /// What changed, with its values.
    pub(crate) message: String,
    /// The edit of the old document that follows the change, if it is mechanical.
    pub(crate) edit: Option<Edit<'a>>,
}

impl Finding<'_> {
    /// A change of an operation, or of the document around it.
    pub(crate) fn new(
        change: Change,
        operation: &str,
        place: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            change,
            verdict: change.verdict(Direction::Request),
            operation: operation.to_owned(),
            place: place.to_owned(),
            schema: None,
            message: message.into(),
            edit: None,
        }
    }

    /// Operation and place in one line.
    pub(crate) fn location(&self) -> String {
        match (self.operation.as_str(), self.place.as_str()) {
            ("", "") => "the document".to_owned(),
            (operation, "") => operation.to_owned(),
            ("", place) => place.to_owned(),
            (operation, place) => format!("{operation} · {place}"),
        }
    }
}
