/* check: what holds between the rows of conversations; for `carillon check`. */
#include "talk/inner.h"

static const struct store_rule rules[] = {
    {"conversation %2 of organisation %1 has %3 messages, numbered from %4 to %5, and its last "
     "number "
     "is %6",
     "SELECT c.org, c.id, COALESCE(m.many, 0), COALESCE(m.low, 0), COALESCE(m.high, 0), "
     "COALESCE(t.seq, 0) FROM conversation c LEFT JOIN topic t ON t.org = c.org AND t.id = c.id "
     "LEFT JOIN (SELECT org, conversation, COUNT(*) AS many, MIN(seq) AS low, MAX(seq) AS high "
     "FROM message GROUP BY org, conversation) m ON m.org = c.org AND m.conversation = c.id "
     "WHERE COALESCE(m.many, 0) <> COALESCE(t.seq, 0) "
     "OR (m.many > 0 AND (m.low <> 1 OR m.high <> m.many))"},
    {"message %3 of conversation %2 of organisation %1 has the version %4, and the conversation is "
     "at "
     "%5",
     "SELECT m.org, m.conversation, m.seq, m.version, COALESCE(t.version, 0) FROM message m "
     "LEFT JOIN topic t ON t.org = m.org AND t.id = m.conversation "
     "WHERE m.version > COALESCE(t.version, 0)"},
    {"message %3 of organisation %1 belongs to conversation %2, which is not there",
     "SELECT m.org, m.conversation, m.seq FROM message m WHERE NOT EXISTS "
     "(SELECT 1 FROM conversation c WHERE c.org = m.org AND c.id = m.conversation)"},
    {"person %3 of organisation %1 is a member of conversation %2, which is not there",
     "SELECT m.org, m.conversation, m.person FROM member m WHERE NOT EXISTS "
     "(SELECT 1 FROM conversation c WHERE c.org = m.org AND c.id = m.conversation)"},
    {"conversation %2 of organisation %1 has the member %3, who is not there",
     "SELECT m.org, m.conversation, m.person FROM member m WHERE NOT EXISTS "
     "(SELECT 1 FROM person p WHERE p.org = m.org AND p.id = m.person)"},
    {"person %3 of organisation %1 is a member of conversation %2 without a read mark",
     "SELECT m.org, m.conversation, m.person FROM member m WHERE NOT EXISTS "
     "(SELECT 1 FROM reading g WHERE g.org = m.org AND g.conversation = m.conversation "
     "AND g.person = m.person)"},
    {"conversation %2 of organisation %1 counts %3 members and has %4",
     "SELECT c.org, c.id, c.members, COALESCE(m.many, 0) FROM conversation c "
     "LEFT JOIN (SELECT org, conversation, COUNT(*) AS many FROM member GROUP BY org, "
     "conversation) "
     "m ON m.org = c.org AND m.conversation = c.id WHERE c.members <> COALESCE(m.many, 0)"},
    {"file %2 of organisation %1 is held by message %3, which is not there or was taken back",
     "SELECT u.org, u.file, u.holder FROM file_use u WHERE u.kind = 'message' AND NOT EXISTS "
     "(SELECT 1 FROM message m WHERE m.org = u.org AND m.id = u.holder AND m.recalled = 0)"},
    {0},
};

const struct module talk_check_module = {.name = "talk_check", .rules = rules};
