"""A full life cycle of user groups through Cloudflare's own Python SDK.

Takes base URL, token, and the file that the sandbox was seeded with. The SDK checks strictly that
every response has the type it expects; this file checks the content of the responses.
"""

import itertools
import json
import sys

import cloudflare
import httpx

BASE_URL, TOKEN, SEED = sys.argv[1:]
COMPANY = json.load(open(SEED, encoding="utf-8"))["accounts"][0]
ACCOUNT = COMPANY["id"]
UNKNOWN = "0" * 32
requests = []


def connect(token):
    return cloudflare.Cloudflare(
        api_token=token,
        base_url=BASE_URL,
        max_retries=0,
        http_client=httpx.Client(event_hooks={"request": [requests.append]}),
        _strict_response_validation=True,
    )


groups = connect(TOKEN).iam.user_groups
members = groups.members


def every(pages, at_most=400):
    """All items of a list, but not without end if the server repeats pages."""
    items = list(itertools.islice(pages, at_most + 1))
    assert len(items) <= at_most, "the list does not end"
    return items


def refs(ids):
    return [{"id": id} for id in ids]


def plain(policies):
    """Each operation has types of its own for the same thing."""
    return [policy.to_dict() for policy in policies]


def refused(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error as refusal:
        assert refusal.errors and refusal.errors[0].code >= 1000, refusal
        return
    raise AssertionError(f"{call.__qualname__} was not refused")


def read_groups():
    names = sorted(group["name"] for group in COMPANY["user_groups"])
    assert [group.name for group in every(groups.list(account_id=ACCOUNT))] == names
    paged = every(groups.list(account_id=ACCOUNT, per_page=5, page=1))
    assert [group.name for group in paged] == names
    # The SDK declares numbers, so that fractions of the form 2.0 go over the wire.
    second = groups.list(account_id=ACCOUNT, per_page=5.0, page=2.0)
    assert [group.name for group in second.result] == names[5:10]
    assert any("page=2.0" in str(request.url) for request in requests)
    assert second.result_info.total_count == len(names), second.result_info
    assert groups.list(account_id=ACCOUNT, page=99).result == []

    down = every(groups.list(account_id=ACCOUNT, direction="desc"))
    assert [group.name for group in down] == names[::-1]
    fuzzy = every(groups.list(account_id=ACCOUNT, fuzzy_name="Engineering"))
    assert [group.name for group in fuzzy] == [name for name in names if "Engineering" in name]
    assert not every(groups.list(account_id=ACCOUNT, name="Engineering"))
    (exact,) = every(groups.list(account_id=ACCOUNT, name="Security"))
    (by_id,) = every(groups.list(account_id=ACCOUNT, id=exact.id))
    assert by_id == exact


def write_group():
    permissions = [group["id"] for group in COMPANY["permission_groups"]]
    resources = [group["id"] for group in COMPANY["resource_groups"]]
    allow = {
        "access": "allow",
        "permission_groups": refs(permissions[:2]),
        "resource_groups": refs(resources[:1]),
    }
    made = groups.create(account_id=ACCOUNT, name="Conformance", policies=[allow])
    assert made.name == "Conformance" and made.policies[0].access == "allow"
    assert {group.id for group in made.policies[0].permission_groups} == set(permissions[:2])
    assert made.policies[0].resource_groups[0].scope.key, "resource groups are expanded"
    assert plain(groups.get(made.id, account_id=ACCOUNT).policies) == plain(made.policies)

    renamed = groups.update(made.id, account_id=ACCOUNT, name="Conformance renamed")
    assert renamed.name == "Conformance renamed" and plain(renamed.policies) == plain(made.policies)
    deny = {**allow, "access": "deny", "id": made.policies[0].id}
    changed = groups.update(made.id, account_id=ACCOUNT, policies=[deny])
    assert changed.name == "Conformance renamed" and changed.policies[0].access == "deny"
    assert changed.policies[0].id == made.policies[0].id
    return made.id


def listed(group, **query):
    return [member.id for member in every(members.list(group, account_id=ACCOUNT, **query))]


def write_members(group):
    ids = [member["id"] for member in COMPANY["members"]]
    emails = {member["id"]: member["email"] for member in COMPANY["members"]}
    added = every(members.create(group, account_id=ACCOUNT, members=refs(ids[:12])))
    assert {member.id for member in added} == set(ids[:12])
    assert all(member.email == emails[member.id] and member.status for member in added)
    up = listed(group, per_page=5, page=1)
    assert set(up) == set(ids[:12]) and len(up) == 12
    assert listed(group, per_page=5, page=1, direction="desc") == up[::-1]
    email = emails[ids[7]]
    assert listed(group, fuzzy_email=email) == [ids[7]]

    kept = every(members.update(group, account_id=ACCOUNT, members=refs(ids[10:14])))
    assert {member.id for member in kept} == set(ids[10:14])
    one = members.get(ids[13], account_id=ACCOUNT, user_group_id=group)
    assert one.id == ids[13] and one.user.email == emails[ids[13]] and one.created_at
    gone = members.delete(ids[13], account_id=ACCOUNT, user_group_id=group)
    assert gone.id == ids[13]
    assert set(listed(group)) == set(ids[10:13])
    assert every(members.update(group, account_id=ACCOUNT, members=[])) == []
    assert listed(group) == []
    refused(cloudflare.NotFoundError, members.create, group, account_id=ACCOUNT, members=refs([UNKNOWN]))


def refusals():
    refused(cloudflare.NotFoundError, groups.get, UNKNOWN, account_id=ACCOUNT)
    refused(cloudflare.BadRequestError, groups.list, account_id=ACCOUNT, per_page=0)
    refused(cloudflare.BadRequestError, groups.get, "not-an-id", account_id=ACCOUNT)
    stranger = connect("wrong").iam.user_groups
    refused(cloudflare.AuthenticationError, stranger.list, account_id=ACCOUNT)
    refused(cloudflare.PermissionDeniedError, groups.list, account_id=UNKNOWN)


read_groups()
group = write_group()
write_members(group)
refusals()
assert groups.delete(group, account_id=ACCOUNT).id == group
refused(cloudflare.NotFoundError, groups.get, group, account_id=ACCOUNT)
read_groups()
print(f"cloudflare {cloudflare.__version__} (Python): a life cycle in {len(requests)} requests")
