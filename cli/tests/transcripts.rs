//! Transcripts in `tests/expected` that need nothing but the account of `sandbox()`.

mod support;

macro_rules! transcripts {
    ($($test:ident: $transcript:literal,)*) => {
        $(
            #[test]
            fn $test() {
                support::replay($transcript);
            }
        )*
    };
}

transcripts! {
    // Direct commands.
    lists_and_details_are_shown: "reading",
    output_formats_of_lists_and_details: "forms",
    groups_are_changed: "groups",
    members_are_changed: "members",
    members_as_csv_can_be_given_to_sync: "csv-members",
    members_are_read_from_lines_and_from_csv_with_a_header: "given",
    empty_or_unresolved_member_list_changes_nothing: "removal-limit",
    members_are_removed_from_all_groups: "offboard",
    a_filter_that_is_ignored_is_not_trusted: "offboard-filter",

    // Plan, apply and export.
    plan_is_applied_and_then_empty: "plan",
    output_formats_of_plan_and_outcome: "plan-forms",
    saved_plan_is_applied_or_refused_as_stale: "saved-plan",
    apply_reads_nothing_twice: "reads",
    failed_steps_are_reported_and_the_next_run_finishes: "partial",
    pruning_is_subject_to_the_removal_limit: "prune",
    only_the_chosen_groups_of_a_file_are_changed: "only",
    several_files_of_an_account_are_read_as_one: "several",
    groups_not_in_the_file_are_named_up_to_five_or_all: "unmanaged",
    plan_of_an_export_is_empty: "export",
    export_into_updates_a_file_and_keeps_what_still_holds: "into",
    all_diagnostics_are_reported_and_no_change_is_sent: "diagnostics",
    unstable_names_are_errors_unless_pinned: "names",

    // Zones, and the account as a resource.
    zones_are_named_in_the_file_and_shown_by_name: "zones",
    scope_of_several_zones_is_shown_by_their_names: "zones-together",
    zones_that_cannot_be_read_are_shown_by_id: "zones-unreadable",
    resource_groups_are_created_where_inline_scopes_are_refused: "zones-refused",

    // Questions, and files of other programs.
    who_reads_the_account: "who",
    audit_reports_findings_and_all_access: "audit",
    validate_checks_names_with_an_export_and_lists: "validate-names",
    a_terraform_state_plans_to_nothing: "import-state",
    a_csv_of_members_plans_to_nothing: "import-csv",
    files_that_cannot_be_imported_are_errors_with_a_place: "import-errors",

    // Settings, and what is printed.
    missing_account_or_credential_is_a_usage_error: "nothing-given",
    settings_from_flags: "from-flags",
    settings_from_profiles: "from-profiles",
    errors_of_config_files_do_not_quote_them: "config-errors",
    refused_token_is_not_printed: "refused",
    errors_name_cause_and_remedy: "errors",
    errors_are_json_with_json_output: "json-errors",
    control_characters_in_names_are_escaped: "escapes",
    columns_align_by_display_width: "wide-names",
    colors_are_for_terminals_or_on_request: "colors",
    verbose_shows_requests: "verbose",
    no_progress_line_in_pipes: "slow",
    waiting_is_logged_every_few_seconds_without_a_terminal: "waiting",
    help: "help",
    // The main thread has this much on Windows.
    commands_do_not_depend_on_the_stack_of_the_main_thread: "stack",
}
