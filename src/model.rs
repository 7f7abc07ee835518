//! The objects of the API: user groups, their policies, and their members.
//!
//! They serialize to the JSON that the API writes.

mod member;
mod meta;
mod one_or_many;
mod open_enum;
mod page;
mod policy;
mod query;
mod resource_group;
mod set;
mod timestamp;
mod user_group;
mod zone;

pub use self::member::{
    AccountMember, AccountMemberStatus, Member, MemberDetails, MemberStatus, User,
};
pub use self::meta::Meta;
pub use self::one_or_many::OneOrMany;
pub use self::page::{Page, PageInfo};
pub use self::policy::{PermissionGroup, Policy, PolicyAccess};
pub use self::query::{
    AccountMemberQuery, Direction, MemberQuery, PermissionGroupQuery, ResourceGroupQuery,
    UserGroupQuery, ZoneQuery,
};
pub use self::resource_group::{ResourceGroup, Scope, ScopeObject};
pub(crate) use self::set::same_set;
pub use self::timestamp::Timestamp;
pub use self::user_group::UserGroup;
pub use self::zone::Zone;

use crate::id::{MemberId, UserGroupId};

/// An object stands for its id where one is needed.
macro_rules! into_id {
    ($($object:ty => $id:ty),*) => {
        $(impl From<$object> for $id {
            fn from(object: $object) -> Self {
                object.id
            }
        }

        impl From<&$object> for $id {
            fn from(object: &$object) -> Self {
                object.id.clone()
            }
        })*
    };
}

into_id!(UserGroup => UserGroupId, Member => MemberId, AccountMember => MemberId);

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;
    use crate::id::{MemberId, PermissionGroupId, UserGroupId, ZoneId};

    fn hash(value: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }

    fn policy(permissions: [char; 3], objects: [&str; 2]) -> Policy {
        let id = |digit: char| PermissionGroupId::new(digit.to_string().repeat(32)).unwrap();
        Policy::allow(permissions.map(id), [Scope::new("account", objects)])
    }

    #[test]
    fn policies_are_equal_in_any_order_and_have_the_same_hash() {
        let one = policy(['a', 'b', 'b'], ["x", "y"]);
        let other = policy(['b', 'a', 'a'], ["y", "x"]);
        assert_eq!(one, other);
        assert_eq!(hash(&one), hash(&other));
        for different in [policy(['a', 'b', 'c'], ["x", "y"]), policy(['a', 'b', 'b'], ["x", "z"])]
        {
            assert_ne!(one, different);
            assert_ne!(hash(&one), hash(&different));
        }
    }

    #[test]
    fn models_can_be_built_in_tests() {
        let id = "5ba5af98b9cd4f80bd3b4ed53ab6e4f5";
        let mut group = UserGroup::new(UserGroupId::new(id).unwrap(), "SRE");
        group.created_on = Some(Timestamp::new("2024-03-01T12:21:02Z"));
        assert_eq!(UserGroupId::from(&group), group.id);
        let read: UserGroup = serde_json::from_value(serde_json::json!({
            "id": id, "name": "SRE", "created_on": "2024-03-01T12:21:02Z",
        }))
        .unwrap();
        assert_eq!(group, read);
        assert_eq!(hash(group), hash(read));
        let member = Member::new(MemberId::new(id).unwrap());
        assert_eq!(MemberId::from(&member), AccountMember::new(&member).id);
        let zone = Zone::new(ZoneId::new(id).unwrap(), "example.com");
        assert_eq!((zone.name.as_str(), zone.account_id), ("example.com", None));
        let meta = Meta::from_iter([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(meta.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
    }
}
