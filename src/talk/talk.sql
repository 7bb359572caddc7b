-- step 1
CREATE TABLE conversation (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    members INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- The one conversation of two people.
CREATE TABLE direct (
    org INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    PRIMARY KEY (org, low, high)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    role TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (org, person, conversation);

-- How far each member has read: every message up to `upto`. since: the first one they may see.
CREATE TABLE reading (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    since INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person)
) STRICT, WITHOUT ROWID;

-- people: those mentioned, or whom a notice names, as ids with spaces between; -1: everybody.
-- files: the files' ids likewise. changed: 1 once it was changed after it was sent.
CREATE TABLE message (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    author INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    people TEXT NOT NULL,
    files TEXT NOT NULL,
    reply_to INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    recalled INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_id ON message (org, id);
CREATE INDEX message_changed ON message (org, conversation, version) WHERE changed = 1;

-- Whom a message calls; person 0 is everybody.
CREATE TABLE mention (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person, seq)
) STRICT, WITHOUT ROWID;

-- How far the index has come; what is newer is looked through.
CREATE TABLE message_indexed (
    org INTEGER NOT NULL PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;

-- step 2
-- extra: what goes with the words (talk_extra), as JSON; never looked into by SQL. traits: bits that
-- say where else to look (see enum trait). edited: when its words were last changed.
ALTER TABLE message ADD COLUMN extra TEXT;
ALTER TABLE message ADD COLUMN traits INTEGER;
ALTER TABLE message ADD COLUMN edited INTEGER;
CREATE INDEX message_reply ON message (org, conversation, reply_to, seq);

-- What an edited message said before.
CREATE TABLE message_edit (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (org, conversation, seq, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE reaction (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq, emoji, person)
) STRICT, WITHOUT ROWID;

-- Messages at the top of a conversation.
CREATE TABLE pin (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE favourite (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, person, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX favourite_message ON favourite (org, person, conversation, seq);

CREATE TABLE draft (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    body TEXT NOT NULL,
    reply_to INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, person, conversation)
) STRICT, WITHOUT ROWID;

-- Messages to be sent at a time. people, files: as in message. refused: why it was not sent.
CREATE TABLE scheduled (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    due INTEGER NOT NULL,
    body TEXT NOT NULL,
    people TEXT NOT NULL,
    files TEXT NOT NULL,
    reply_to INTEGER NOT NULL,
    refused TEXT NOT NULL,
    PRIMARY KEY (org, person, id)
) STRICT, WITHOUT ROWID;

-- The organisation's rules of talking; no row: the defaults.
CREATE TABLE talk_rules (
    org INTEGER NOT NULL PRIMARY KEY,
    recall_minutes INTEGER NOT NULL,
    edit_minutes INTEGER NOT NULL
) STRICT;

-- Polls: their options stand in the message's card.
CREATE TABLE poll (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    options INTEGER NOT NULL,
    most INTEGER NOT NULL,
    is_secret INTEGER NOT NULL,
    closes INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq)
) STRICT, WITHOUT ROWID;

-- What people answered to a card: that they confirm (choice 0), or a poll's options.
CREATE TABLE answer (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    choice INTEGER NOT NULL,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq, choice, person)
) STRICT, WITHOUT ROWID;

-- step 3
-- switches: bits of a group (see group.c). closed: when it was dissolved. number: by which it is found.
ALTER TABLE conversation ADD COLUMN switches INTEGER;
ALTER TABLE conversation ADD COLUMN avatar INTEGER;
ALTER TABLE conversation ADD COLUMN number INTEGER;
ALTER TABLE conversation ADD COLUMN closed INTEGER;
CREATE UNIQUE INDEX conversation_number ON conversation (org, number) WHERE number IS NOT NULL;

-- nickname: in this group. muted: until when the member may not speak. attention: bits of how the
-- member wants to be told (see talk.c).
ALTER TABLE member ADD COLUMN nickname TEXT;
ALTER TABLE member ADD COLUMN muted INTEGER;
ALTER TABLE member ADD COLUMN attention INTEGER;

-- What stands above a group for all to read; seq: the message that told it.
CREATE TABLE group_notice (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    body TEXT NOT NULL,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (org, conversation)
) STRICT, WITHOUT ROWID;

-- Links and codes by which people come in; the token is stored hashed.
CREATE TABLE group_link (
    org INTEGER NOT NULL,
    hash BLOB NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (org, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_request (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    words TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person)
) STRICT, WITHOUT ROWID;

-- step 4
-- A message that was taken back refers to no file any more.
DELETE FROM file_use WHERE kind = 'message' AND EXISTS (SELECT 1 FROM message m
    WHERE m.org = file_use.org AND m.id = file_use.holder AND m.recalled <> 0);

-- step 5
-- When the missing readers of a message were last reminded.
CREATE TABLE reminder (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq)
) STRICT, WITHOUT ROWID;

-- A group may follow a department: its members are those who have posts in it or below. In a member's
-- row the department by which the person is a member; the directory is asked again at each access.
ALTER TABLE conversation ADD COLUMN department INTEGER;
ALTER TABLE member ADD COLUMN department INTEGER;
CREATE INDEX conversation_department ON conversation (org, department)
    WHERE department IS NOT NULL;

-- How long messages are kept: the organisation's rule (conversation 0) and groups' own; days 0: for
-- ever. upto: up to this message of the conversation all that is too old is wiped.
CREATE TABLE keeping (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    days INTEGER NOT NULL,
    PRIMARY KEY (org, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    PRIMARY KEY (org, conversation)
) STRICT, WITHOUT ROWID;

-- Exports that were asked for; file 0: being written. conversation 0: the whole organisation's.
CREATE TABLE export (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    file INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (org, person, id)
) STRICT, WITHOUT ROWID;

-- step 6
-- has_no_previews: 1 where the server does not look what stands behind links.
ALTER TABLE talk_rules ADD COLUMN has_no_previews INTEGER;
