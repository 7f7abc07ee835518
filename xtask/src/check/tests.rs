use super::*;

const SOUND: &str = include_str!("../../tests/fixtures/documented.yaml");

/// What is wrong with the sound document after a text in it was replaced.
fn after(what: &str, with: &str) -> Vec<String> {
    assert!(SOUND.contains(what), "{what}");
    let document = Document::parse("test", &SOUND.replacen(what, with, 1)).unwrap();
    let problems = problems(&document).unwrap().0.into_iter();
    problems
        .flat_map(|(place, found)| found.into_iter().map(move |what| format!("{place}: {what}")))
        .collect()
}

#[test]
fn a_sound_document_has_no_problems() {
    assert_eq!(after("openapi", "openapi"), [""; 0]);
}

#[test]
fn each_fault_is_found_at_its_place() {
    let create = "paths./accounts/{account_id}/iam/user_groups.post";
    let table = [
        // Keys.
        ("openapi: 3.0.3", "openapi: 3.1.0", "openapi: must be 3.0.3".to_owned()),
        ("  version: 0.4.2", "  versoin: 0.4.2", "info: `versoin` is not known here".to_owned()),
        ("  version: 0.4.2\n", "", "info: lacks `version`".to_owned()),
        ("maxLength: 90", "maxlength: 90", "components.schemas.Member.properties.email: `maxlength` is not known here".to_owned()),
        ("maxLength: 90", "maxLength: '90'", "components.schemas.Member.properties.email.maxLength: must be a number".to_owned()),
        ("        default: 20", "        defualt: 20", "components.parameters.PerPage.schema: `defualt` is not known here".to_owned()),
        ("      in: query", "      in: body", "components.parameters.Page.in: must be one of path, query, header, cookie".to_owned()),
        ("        '200':", "        '2000':", format!("{create}.responses: `2000` is not known here")),
        ("schemas/NewGroup'", "schemas/NoGroup'", format!("{create}.requestBody.content.application/json.schema: test: nothing stands at `#/components/schemas/NoGroup`")),
        ("schemas/NewGroup'", "parameters/Page'", format!("{create}.requestBody.content.application/json.schema: `#/components/parameters/Page` does not point into components/schemas")),
        ("              $ref: '#/components/schemas/NewGroup'", "              $ref: '#/components/schemas/NewGroup'\n              nullable: true", format!("{create}.requestBody.content.application/json.schema: what stands beside `$ref` has no effect")),
        // Operations and tags.
        ("operationId: account-user-group-create", "operationId: group-create", format!("{create}: the published operationId is `account-user-group-create`")),
        ("      operationId: account-user-group-create\n", "", format!("{create}: lacks `operationId`")),
        ("operationId: account-user-group-list", "operationId: account-user-group-create", format!("{create}: the operationId `account-user-group-create` is taken by paths./accounts/{{account_id}}/iam/user_groups.get")),
        ("    post:\n      operationId: account-user-group-create", "    patch:\n      operationId: account-user-group-create", "paths: the documented operation POST /accounts/{}/iam/user_groups is missing".to_owned()),
        ("      tags: [Groups]", "      tags: [Grops]", format!("{create}: the tag `Grops` is not declared")),
        ("      tags: [Groups]\n", "", format!("{create}: has no tag")),
        ("  - name: Groups\n", "  - name: Users\n    description: Nobody's.\n  - name: Groups\n", "tags: no operation has the tag `Users`".to_owned()),
        ("user_group_id}/members/{member_id}:", "user_group_id}/members/{member}:", "paths./accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member}.delete: the parameter `member` of the path is not declared".to_owned()),
        (
            "  /accounts/{account_id}/iam/user_groups:",
            "  /accounts/{account}/iam/user_groups: {}\n  /accounts/{account_id}/iam/user_groups:",
            "paths./accounts/{account}/iam/user_groups: is the same path as /accounts/{account_id}/iam/user_groups".to_owned(),
        ),
        (
            "          description: The group.\n",
            "          description: The group.\n          links: {Read: {operationId: group-read}}\n",
            format!("{create}.responses.200.links.Read: no operation is called `group-read`"),
        ),
        // Words.
        ("      description: Creates a group.\n", "", format!("{create}: lacks `description`")),
        ("      description: Which page.\n", "", "components.parameters.Page: lacks `description`".to_owned()),
        ("      description: A member.\n", "", "components.schemas.Member: lacks `description`".to_owned()),
        ("          description: Where to write to.\n", "", "components.schemas.Member.properties.email: lacks `description`".to_owned()),
        ("description: A policy.", "description: ' '", "components.schemas.Policy: lacks `description`".to_owned()),
        // Components.
        ("  schemas:\n    Id:", "  schemas:\n    Lost:\n      description: Lost.\n      example: 1\n    Id:", "components.schemas.Lost: nothing refers to it".to_owned()),
        ("  - token: []", "  - tocken: []", "security: the scheme `tocken` is not declared".to_owned()),
        ("  - token: []", "  - {}", "components.securitySchemes.token: nothing refers to it".to_owned()),
        // Examples.
        ("      example: 25\n", "", "components.parameters.PerPage: has no example".to_owned()),
        ("      example: 25", "      example: 51", "components.parameters.PerPage: `example` does not fit: 51 is greater than the maximum of 50".to_owned()),
        ("      example:\n        access: allow\n", "", "components.schemas.Policy: has no example".to_owned()),
        ("        access: allow", "        access: alow", "components.schemas.Policy: `example` does not fit at /access: \"alow\" is not one of \"allow\" or \"deny\"".to_owned()),
        ("created_on: '2024-03-01T12:21:02.0000Z'", "created_on: yesterday", "components.schemas.Group: `example` does not fit at /created_on: \"yesterday\" is not a \"date-time\"".to_owned()),
        ("        default: 20", "        default: 51", "components.parameters.PerPage.schema: `default` does not fit: 51 is greater than the maximum of 50".to_owned()),
        ("          enum: [accepted, pending]", "          enum: [accepted, 1]", "components.schemas.Member.properties.status: `enum` does not fit: 1 is not of type \"string\"".to_owned()),
        ("          nullable: true\n", "", "components.schemas.FailureAnswer: `example` does not fit at /result: null is not of type \"object\"".to_owned()),
    ];
    for (what, with, expected) in table {
        let found = after(what, with);
        assert!(found.contains(&expected), "{what} → {with}: {found:#?}");
    }
}
