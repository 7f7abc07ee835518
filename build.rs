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

    use openapiv3::OpenAPI;
    use proc_macro2::TokenStream;
    use progenitor::{GenerationSettings, Generator, TypeImpl};
    use quote::{format_ident, quote};
    use syn::visit_mut::VisitMut;

    use crate::rules;

    pub(super) fn write(spec: &str, mark: &str) -> Result<(), Box<dyn Error>> {
        if option_env!("CARGO_PRIMARY_PACKAGE").is_none() {
            return Err("feature `codegen` rewrites the bindings of a checkout of \
                cloudflare-user-groups; a dependent crate has no use for it: switch it off"
                .into());
        }
        let complete = follow_rules(spec)?;

        let mut client = generator()?.generate_tokens(&without_failures(&complete)?)?;
        client.extend(operations(&complete));
        let mut client = syn::parse2(client)?;
        let operations = complete.operations().count();
        send_by_call(&mut client, &complete)?;
        arguments_by_name(&mut client, operations)?;
        list_types(&mut client)?;
        replace("generated/client.rs", source(client, mark))?;
        let mock = generator()?.httpmock(&complete, "crate::raw")?;
        replace("generated/mock.rs", source(syn::parse2(mock)?, mark))?;
        Ok(())
    }

    /// Reads the spec, and refuses what would be generated wrongly or not at all.
    fn follow_rules(spec: &str) -> Result<OpenAPI, Box<dyn Error>> {
        let value = rules::read(spec)?;
        refuse([rules::problems(&value), rules::unmatched_replacements(&value)].concat())?;
        let complete: OpenAPI = serde_json::from_value(value.clone())
            .map_err(|error| format!("{error}; `cargo xtask spec check` names the place"))?;
        refuse(rules::dropped(&value, &serde_json::to_value(&complete)?))?;
        for sentence in rules::stripped(&value) {
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

    fn generator() -> Result<Generator, Box<dyn Error>> {
        let mut settings = GenerationSettings::new();
        settings
            .with_inner_type(quote!(crate::raw::Call))
            .with_map_type("::std::collections::BTreeMap");
        for (component, replacement) in rules::REPLACED {
            settings.with_replacement(component, replacement, [TypeImpl::Display].into_iter());
        }
        Ok(Generator::new(&settings))
    }

    /// Only successes are decoded by generated code. A failure often is not the documented JSON, and
    /// the generated decoder would drop its status and headers; `src/error.rs` reads all of them.
    fn without_failures(spec: &OpenAPI) -> Result<OpenAPI, Box<dyn Error>> {
        let mut spec = spec.clone();
        for (path, item) in &mut spec.paths.paths {
            let openapiv3::ReferenceOr::Item(item) = item else {
                return Err(format!("{path} is a reference").into());
            };
            let operations =
                [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            // The rules refuse other methods, and a success other than 200.
            for operation in operations.into_iter().flatten() {
                let ok = openapiv3::StatusCode::Code(200);
                operation.responses.responses.retain(|status, _| *status == ok);
            }
        }
        Ok(spec)
    }

    /// The table of all operations.
    fn operations(spec: &OpenAPI) -> TokenStream {
        let rows = spec.operations().map(|(path, method, operation)| {
            let id = operation.operation_id.as_deref().unwrap_or_default();
            let method = format_ident!("{}", method.to_uppercase());
            let summary = operation.summary.as_deref().unwrap_or_default();
            quote!(crate::raw::Operation {
                id: #id, method: http::Method::#method, path: #path, summary: #summary,
            })
        });
        quote! {
            /// Every operation of the spec.
            pub const OPERATIONS: &[crate::raw::Operation] = &[#(#rows),*];
        }
    }

    fn source(mut file: syn::File, mark: &str) -> String {
        DeriveJsonSchema.visit_file_mut(&mut file);
        let code = prettyplease::unparse(&file);
        format!(
            "// Made from spec/openapi.yaml by build.rs. Not to be edited: `cargo regen` writes it again.\n{mark}\n\n{code}"
        )
    }

    /// Lets this crate's own tests hold each generated type against the component it came from.
    struct DeriveJsonSchema;

    impl VisitMut for DeriveJsonSchema {
        fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
            if module.ident == "types" {
                for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                    let attributes = match item {
                        syn::Item::Struct(item) => &mut item.attrs,
                        syn::Item::Enum(item) => &mut item.attrs,
                        _ => continue,
                    };
                    attributes
                        .push(syn::parse_quote!(#[cfg_attr(test, derive(schemars::JsonSchema))]));
                }
            }
        }
    }

    /// Makes each operation a method of the call, which sends its request and decodes the response. In
    /// progenitor's client it would add a header for its own servers, decode a copy of the body, and not
    /// check what it writes into a path.
    fn send_by_call(file: &mut syn::File, spec: &OpenAPI) -> Result<(), Box<dyn Error>> {
        file.items.retain(|item| match item {
            syn::Item::Use(_) => false,
            syn::Item::Struct(item) => item.ident != "Client",
            syn::Item::Mod(item) => item.ident != "prelude",
            syn::Item::Impl(item) => item.items.iter().any(is_operation),
            syn::Item::Const(item) => item.ident != "_",
            _ => true,
        });
        for item in &mut file.items {
            if let syn::Item::Impl(item) = item {
                item.self_ty = syn::parse_quote!(crate::raw::Call);
            }
        }
        let operations: Vec<_> = spec.operations().collect();
        for method in operations_of(file) {
            let name = method.sig.ident.to_string();
            let has_name = |id: &String| id.replace('-', "_") == name;
            let index = operations
                .iter()
                .position(|(.., it)| it.operation_id.as_ref().is_some_and(has_name));
            OfCall.visit_block_mut(&mut method.block);
            let (Some(index), Some(response), [_url, _headers, _append, request, ..]) =
                (index, response_type(method), &method.block.stmts[..])
            else {
                return Err(
                    format!("build.rs does not know what the generator wrote: {name}").into()
                );
            };
            // `accounts/{account_id}/…`, below the base URL: every other part is the name of an id.
            let path = operations[index].0.trim_start_matches('/');
            let parts = path.split_terminator(['{', '}']).enumerate().map(|(number, part)| {
                if number % 2 == 0 {
                    return quote!(#part);
                }
                let id = format_ident!("{part}");
                quote!(#id.sendable()?.as_str())
            });
            method.block = syn::parse_quote!({
                let operation = &OPERATIONS[#index];
                let path = [#(#parts),*].concat();
                #request
                self.send(&request).await
            });
            method.sig.output = syn::parse_quote!(-> crate::error::Result<#response>);
        }
        Ok(())
    }

    /// The methods of the generated client, one for each operation.
    fn operations_of(file: &mut syn::File) -> impl Iterator<Item = &mut syn::ImplItemFn> {
        let items = file.items.iter_mut().filter_map(|item| match item {
            syn::Item::Impl(implementation) => Some(&mut implementation.items),
            _ => None,
        });
        items.flatten().filter(|item| is_operation(item)).filter_map(|item| match item {
            syn::ImplItem::Fn(method) => Some(method),
            _ => None,
        })
    }

    fn is_operation(item: &syn::ImplItem) -> bool {
        matches!(item, syn::ImplItem::Fn(method) if method.sig.asyncness.is_some())
    }

    /// `T` of a method that returns `Result<ResponseValue<T>, Error<()>>`.
    fn response_type(method: &syn::ImplItemFn) -> Option<syn::Type> {
        let syn::ReturnType::Type(_, result) = &method.sig.output else { return None };
        first_argument(first_argument(result)?).cloned()
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

    /// Replaces the steps by which progenitor builds a request: the call knows the method, the base URL
    /// and the headers, and the query is written as pairs.
    struct OfCall;

    impl VisitMut for OfCall {
        fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
            syn::visit_mut::visit_expr_mut(self, expression);
            match expression {
                syn::Expr::Try(building) => *expression = (*building.expr).clone(),
                syn::Expr::MethodCall(step) => match step.method.to_string().as_str() {
                    "header" | "headers" | "build" => *expression = (*step.receiver).clone(),
                    "get" | "put" | "post" | "delete" | "patch" => {
                        *expression = syn::parse_quote!(self.request(operation, &path)?);
                    }
                    "json" => *expression = syn::parse_quote!(#step?),
                    "query" => {
                        if let Some(pair) = step.args.first().and_then(query_pair) {
                            step.args = pair.clone();
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// The name and the value of a `&QueryParam::new(name, value)`.
    fn query_pair(
        parameter: &syn::Expr,
    ) -> Option<&syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>> {
        match parameter {
            syn::Expr::Reference(parameter) => query_pair(&parameter.expr),
            syn::Expr::Call(parameter) => Some(&parameter.args),
            _ => None,
        }
    }

    /// Refuses bindings of which only a part was rewritten, because the generator writes something else.
    fn rewritten(what: &str, count: usize, expected: usize) -> Result<(), Box<dyn Error>> {
        if count == expected {
            return Ok(());
        }
        Err(format!("build.rs found the generator's {what} {count} times, not {expected}").into())
    }

    /// Gives the tests the names of the types, so that none is forgotten.
    fn list_types(file: &mut syn::File) -> Result<(), Box<dyn Error>> {
        let modules = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
            _ => None,
        });
        let names: Vec<_> = modules
            .flat_map(|(_, items)| items)
            .filter_map(|item| match item {
                syn::Item::Struct(item) => Some(&item.ident),
                syn::Item::Enum(item) => Some(&item.ident),
                _ => None,
            })
            .collect();
        let list: [syn::Item; 2] = [
            syn::parse_quote! {
                #[cfg(test)]
                macro_rules! every_type { ($with:ident) => { $with! { #(#names,)* } } }
            },
            syn::parse_quote!(
                #[cfg(test)]
                pub(crate) use every_type;
            ),
        ];
        if names.is_empty() {
            return Err("build.rs found no generated type".into());
        }
        file.items.extend(list);
        Ok(())
    }

    /// Lets each operation take its arguments as a struct. By position, two of one type could trade
    /// places after a change of the spec, because the generator sorts them by name.
    fn arguments_by_name(file: &mut syn::File, operations: usize) -> Result<(), Box<dyn Error>> {
        let mut structs = Vec::new();
        for item in &mut file.items {
            let syn::Item::Impl(implementation) = item else { continue };
            let known = structs.len();
            for item in &mut implementation.items {
                if let syn::ImplItem::Fn(method) = item
                    && method.sig.asyncness.is_some()
                {
                    structs.push(take_struct(&mut method.sig));
                }
            }
            if structs.len() > known {
                // An operation that the seam does not call stops the compiler.
                implementation.attrs.push(syn::parse_quote!(#[deny(dead_code)]));
            }
        }
        rewritten("operations", structs.len(), operations)?;
        file.items.push(syn::parse_quote! {
            /// The arguments of each operation.
            pub mod arguments {
                use super::types;
                #(#structs)*
            }
        });
        Ok(())
    }

    /// Puts the arguments of a method into a struct, and gives the struct.
    fn take_struct(method: &mut syn::Signature) -> syn::ItemStruct {
        let capital =
            |word: &str| word.chars().next().map(|first| first.to_uppercase().to_string());
        let words = method.ident.to_string();
        let words = words.split('_').filter_map(|word| Some(capital(word)? + word.get(1..)?));
        let name = format_ident!("{}", words.collect::<String>());
        let inputs = std::mem::take(&mut method.inputs);
        let (receiver, fields): (Vec<_>, Vec<_>) =
            inputs.into_iter().partition(|input| matches!(input, syn::FnArg::Receiver(_)));
        let lifetime = quote!(#(#fields)*).to_string().contains("'a").then(|| quote!(<'a>));
        let names = fields.iter().filter_map(|field| match field {
            syn::FnArg::Typed(field) => Some(&field.pat),
            syn::FnArg::Receiver(_) => None,
        });
        method.inputs = syn::parse_quote! {
            #(#receiver,)* arguments::#name { #(#names),* }: arguments::#name #lifetime
        };
        syn::parse_quote!(pub struct #name #lifetime { #(pub #fields),* })
    }
}
