//! Keeps `generated/` and `spec/openapi.yaml` together.
//!
//! The ordinary build only checks that the committed bindings were made from this spec. With
//! feature `codegen` (`cargo regen`) it makes them first.

use std::error::Error;
use std::fs;

#[cfg(feature = "codegen")]
#[path = "spec/rules.rs"]
mod rules;

const SPEC: &str = "spec/openapi.yaml";
const GENERATED: [&str; 2] = ["generated/client.rs", "generated/mock.rs"];

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", SPEC].iter().chain(&GENERATED) {
        println!("cargo::rerun-if-changed={path}");
    }
    let spec = fs::read_to_string(SPEC)?.replace("\r\n", "\n");
    let mark = format!("// spec fingerprint: {:016x}", fingerprint(&spec));

    #[cfg(feature = "codegen")]
    if let Err(error) = codegen::write(&spec, &mark) {
        println!("cargo::error={SPEC}: {error}");
        return Ok(());
    }

    for path in GENERATED {
        let current = fs::read_to_string(path)
            .is_ok_and(|code| code.lines().take(3).any(|line| line == mark));
        if !current {
            println!("cargo::error={path} was not made from this {SPEC}; run `cargo regen`");
        }
    }
    Ok(())
}

/// FNV-1a: enough to notice a change, and needs no crate in an ordinary build.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(feature = "codegen")]
mod codegen {
    use std::error::Error;
    use std::fs;

    use heck::ToPascalCase;
    use openapiv3::OpenAPI;
    use proc_macro2::TokenStream;
    use progenitor::{GenerationSettings, Generator, TypeImpl};
    use quote::{format_ident, quote};
    use serde_json::Value;

    use crate::rules::{self, Operation};

    pub(super) fn write(spec: &str, mark: &str) -> Result<(), Box<dyn Error>> {
        if option_env!("CARGO_PRIMARY_PACKAGE").is_none() {
            return Err("feature `codegen` rewrites the bindings of a checkout of \
                cloudflare-user-groups; a dependent crate has no use for it: switch it off"
                .into());
        }
        let value = rules::read(spec)?;
        let complete = follow_rules(&value)?;

        let generated = generator().generate_tokens(&without_failures(value.clone())?)?;
        let client = client(syn::parse2(generated)?, &value)?;
        replace("generated/client.rs", source(client, mark)?)?;
        let mock = generator().httpmock(&complete, "crate::raw")?;
        replace("generated/mock.rs", source(mock, mark)?)?;
        Ok(())
    }

    /// Refuses what would be generated wrongly or not at all.
    fn follow_rules(value: &Value) -> Result<OpenAPI, Box<dyn Error>> {
        refuse([rules::problems(value), rules::unmatched_replacements(value)].concat())?;
        let complete: OpenAPI = serde_json::from_value(value.clone())
            .map_err(|error| format!("{error}; `cargo xtask spec check` names the place"))?;
        refuse(rules::dropped(value, &serde_json::to_value(&complete)?))?;
        for sentence in rules::stripped(value) {
            println!("cargo::warning={sentence}");
        }
        Ok(complete)
    }

    /// Reports all problems; the last one is the error.
    fn refuse(mut problems: Vec<rules::Problem>) -> Result<(), Box<dyn Error>> {
        let Some(last) = problems.pop() else { return Ok(()) };
        for problem in problems {
            println!("cargo::error={}: {problem}", crate::SPEC);
        }
        Err(last.to_string().into())
    }

    /// Leaves a file alone that holds the same already, so that nothing is compiled again for it.
    fn replace(path: &str, code: String) -> std::io::Result<()> {
        if fs::read_to_string(path).is_ok_and(|old| old == code) {
            return Ok(());
        }
        fs::write(path, code)
    }

    fn generator() -> Generator {
        let mut settings = GenerationSettings::new();
        settings
            .with_inner_type(quote!(crate::raw::Call))
            .with_map_type("::std::collections::BTreeMap");
        for (component, replacement) in rules::REPLACED {
            settings.with_replacement(component, replacement, [TypeImpl::Display].into_iter());
        }
        Generator::new(&settings)
    }

    /// Only successes are decoded by generated code. A failure often is not the documented JSON,
    /// and the generated decoder would drop its status and headers; `src/error.rs` reads all of
    /// them.
    fn without_failures(mut spec: Value) -> serde_json::Result<OpenAPI> {
        let paths = spec["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
        let items = paths.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut());
        // The rules refuse a success other than 200.
        for responses in items.filter_map(|operation| operation.get_mut("responses")) {
            let responses = responses.as_object_mut();
            responses.into_iter().for_each(|all| all.retain(|status, _| status == "200"));
        }
        serde_json::from_value(spec)
    }

    fn source(code: TokenStream, mark: &str) -> syn::Result<String> {
        let code = prettyplease::unparse(&syn::parse2(code)?);
        Ok(format!(
            "// Made from spec/openapi.yaml by build.rs. Not to be edited: `cargo regen` writes it again.\n{mark}\n\n{code}"
        ))
    }

    /// The bindings, with the types of progenitor and the signatures of its operations. The
    /// operations become methods of a call, which sends a request and decodes the response:
    /// progenitor's client would add a header for its own servers, decode a copy of the body, and
    /// not check what it writes into a path.
    fn client(generated: syn::File, spec: &Value) -> Result<TokenStream, Box<dyn Error>> {
        let (mut types, mut methods) = (None, Vec::new());
        for item in generated.items {
            match item {
                syn::Item::Mod(module) if module.ident == "types" => types = Some(module),
                syn::Item::Impl(client) => {
                    methods.extend(client.items.into_iter().filter_map(|item| match item {
                        syn::ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
        let mut types = types.ok_or("the generator wrote no types")?;
        let type_names = derive_json_schema(&mut types);
        let operations = rules::operations(spec);
        if methods.len() != operations.len() {
            let (found, expected) = (methods.len(), operations.len());
            return Err(format!("the generator wrote {found} of {expected} operations").into());
        }
        let rows = operations.iter().map(row);
        let mut arguments = Vec::new();
        for method in &mut methods {
            let name = method.sig.ident.to_string();
            send_by_call(method, &operations, spec).ok_or_else(|| {
                format!("build.rs does not know what the generator wrote: {name}")
            })?;
            arguments.push(take_struct(&mut method.sig));
        }
        Ok(quote! {
            #types
            #[allow(clippy::all)]
            // An operation that the seam does not call stops the compiler.
            #[deny(dead_code)]
            impl crate::raw::Call { #(#methods)* }
            /// Every operation of the spec.
            pub const OPERATIONS: &[crate::raw::Operation] = &[#(#rows),*];
            /// The arguments of each operation.
            pub mod arguments {
                use super::types;
                #(#arguments)*
            }
            // The tests need the names of the types, so that none is forgotten.
            #[cfg(test)]
            macro_rules! every_type { ($with:ident) => { $with! { #(#type_names,)* } } }
            #[cfg(test)]
            pub(crate) use every_type;
        })
    }

    /// Lets this crate's own tests hold each generated type against the component it came from.
    /// Gives the names of the types.
    fn derive_json_schema(types: &mut syn::ItemMod) -> Vec<syn::Ident> {
        let mut names = Vec::new();
        for item in types.content.iter_mut().flat_map(|(_, items)| items) {
            let (name, attributes) = match item {
                syn::Item::Struct(item) => (&item.ident, &mut item.attrs),
                syn::Item::Enum(item) => (&item.ident, &mut item.attrs),
                _ => continue,
            };
            names.push(name.clone());
            attributes.push(syn::parse_quote!(#[cfg_attr(test, derive(schemars::JsonSchema))]));
        }
        names
    }

    /// A row of the table of operations.
    fn row(operation: &Operation<'_>) -> TokenStream {
        let Operation { path, method, .. } = operation;
        let method = format_ident!("{}", method.to_uppercase());
        let [id, summary] = ["operationId", "summary"].map(|key| operation.text(key));
        quote!(crate::raw::Operation {
            id: #id, method: http::Method::#method, path: #path, summary: #summary,
        })
    }

    /// Sends the request of an operation with the call, which knows the method, the base URL and
    /// the headers. `None` if the generator wrote something else than the spec has.
    fn send_by_call(
        method: &mut syn::ImplItemFn,
        operations: &[Operation<'_>],
        spec: &Value,
    ) -> Option<()> {
        let is = |ident: &syn::Ident, name: &str| {
            // A name that is a keyword, or begins with a digit, has an underscore in Rust.
            rules::rust_name(&ident.to_string()) == rules::rust_name(name)
        };
        let is_method = |it: &Operation<'_>| is(&method.sig.ident, it.text("operationId"));
        let index = operations.iter().position(is_method)?;
        let operation = &operations[index];
        let arguments: Vec<_> = argument_names(&method.sig).collect();
        // `accounts/{account_id}/…`, below the base URL: every other part is the name of an id.
        let parts: Vec<&str> =
            operation.path.trim_start_matches('/').split_terminator(['{', '}']).collect();
        let path = parts.iter().enumerate().map(|(number, part)| {
            if number % 2 == 0 {
                return Some(quote!(#part));
            }
            let id = arguments.iter().find(|argument| is(argument, part))?;
            Some(quote!(#id.sendable()?.as_str()))
        });
        let path: Vec<_> = path.collect::<Option<_>>()?;
        let parameters = operation.parameters().filter_map(|it| rules::resolve(spec, it));
        let queries: Vec<&Value> = parameters.filter(|it| it["in"] == "query").collect();
        let mut steps = Vec::new();
        for argument in arguments {
            let query = queries
                .iter()
                .find(|query| query["name"].as_str().is_some_and(|it| is(argument, it)));
            match query {
                Some(query) => {
                    let name = query["name"].as_str();
                    let is_required = query["required"] == true;
                    let value =
                        if is_required { quote!(Some(#argument)) } else { quote!(#argument) };
                    steps.push(quote!(.query(#name, &#value)));
                }
                None if argument == "body" => steps.push(quote!(.json(&#argument)?)),
                None if parts.iter().any(|part| is(argument, part)) => {}
                None => return None,
            }
        }
        let syn::ReturnType::Type(_, result) = &method.sig.output else { return None };
        // `T` of `Result<ResponseValue<T>, Error<()>>`.
        let response = first_argument(first_argument(result)?)?;
        method.sig.output = syn::parse_quote!(-> crate::error::Result<#response>);
        method.block = syn::parse_quote!({
            // No other name is bound before the arguments are used, because theirs are the spec's.
            let request = self.request(&OPERATIONS[#index], &[#(#path),*].concat())?#(#steps)*;
            self.send(&request).await
        });
        Some(())
    }

    fn argument_names(method: &syn::Signature) -> impl Iterator<Item = &syn::Ident> {
        method.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(syn::PatType { pat, .. }) => match &**pat {
                syn::Pat::Ident(name) => Some(&name.ident),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        })
    }

    fn first_argument(of: &syn::Type) -> Option<&syn::Type> {
        let syn::Type::Path(of) = of else { return None };
        match &of.path.segments.last()?.arguments {
            syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                syn::GenericArgument::Type(first) => Some(first),
                _ => None,
            },
            _ => None,
        }
    }

    /// Puts the arguments of a method into a struct, and gives the struct. By position, two of one
    /// type could trade places after a change of the spec, because the generator sorts them by
    /// name.
    fn take_struct(method: &mut syn::Signature) -> syn::ItemStruct {
        let name = format_ident!("{}", method.ident.to_string().to_pascal_case());
        let names: Vec<_> = argument_names(method).cloned().collect();
        let inputs = std::mem::take(&mut method.inputs).into_iter();
        let (receiver, fields): (Vec<_>, Vec<_>) =
            inputs.partition(|input| matches!(input, syn::FnArg::Receiver(_)));
        let lifetime = quote!(#(#fields)*).to_string().contains("'a").then(|| quote!(<'a>));
        method.inputs = syn::parse_quote! {
            #(#receiver,)* arguments::#name { #(#names),* }: arguments::#name #lifetime
        };
        syn::parse_quote!(pub struct #name #lifetime { #(pub #fields),* })
    }
}
