/* check: what holds between accounts, people and departments; for `carillon check`. */
#include "org/inner.h"

static const struct store_rule rules[] = {
    {"person %2 of organisation %1 has no account",
     "SELECT p.org, p.id FROM person p WHERE p.state <> 'robot' AND NOT EXISTS "
     "(SELECT 1 FROM account a WHERE a.id = p.account)"},
    {"person %2 is in organisation %1, which is not there",
     "SELECT p.org, p.id FROM person p WHERE NOT EXISTS "
     "(SELECT 1 FROM organisation o WHERE o.org = p.org)"},
    {"session %1 belongs to account %2, which is not there",
     "SELECT s.id, s.account FROM session s WHERE NOT EXISTS "
     "(SELECT 1 FROM account a WHERE a.id = s.account)"},
    {"person %3 of organisation %1 is in department %2, which is not there",
     "SELECT t.org, t.department, t.person FROM post t WHERE NOT EXISTS "
     "(SELECT 1 FROM department d WHERE d.org = t.org AND d.id = t.department)"},
    {"department %2 of organisation %1 has a post of person %3, who is not there",
     "SELECT t.org, t.department, t.person FROM post t WHERE NOT EXISTS "
     "(SELECT 1 FROM person p WHERE p.org = t.org AND p.id = t.person)"},
    {"department %2 of organisation %1 lies below %3, which is not there",
     "SELECT d.org, d.id, d.parent FROM department d WHERE d.parent <> 0 AND NOT EXISTS "
     "(SELECT 1 FROM department up WHERE up.org = d.org AND up.id = d.parent)"},
    {0},
};

const struct module org_check_module = {.name = "org_check", .rules = rules};
