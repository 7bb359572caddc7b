-- step 1
-- Who can sign in. Accounts are global; the rest of this file belongs to one organisation each.
CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    login TEXT,
    phone TEXT,
    email TEXT,
    password TEXT NOT NULL,
    language TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_login ON account (login);
CREATE UNIQUE INDEX account_phone ON account (phone);
CREATE UNIQUE INDEX account_email ON account (email);

-- A signed-in browser. The cookie's token is stored as its hash only. org is the one it looks at.
CREATE TABLE session (
    id INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    account INTEGER NOT NULL,
    org INTEGER NOT NULL,
    agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    is_new INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_hash ON session (hash);
CREATE INDEX session_account ON session (account, id);

-- The one-time token printed at the first start.
CREATE TABLE setup (
    hash BLOB NOT NULL PRIMARY KEY
) STRICT;

-- A link that sets a new password.
CREATE TABLE reset (
    hash BLOB NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX reset_account ON reset (account);

CREATE TABLE organisation (
    org INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    people INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- state: active, removed, robot. role: owner, admin, member. account: of a robot, which has none, its
-- own id below zero.
CREATE TABLE person (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    pinyin TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    avatar INTEGER NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_account ON person (org, account);
CREATE INDEX person_by_account ON person (account, org);
CREATE INDEX person_by_role ON person (org, role, id);

-- path: the ids from the top to here, "/1/5/9/". people: with all below, each once.
CREATE TABLE department (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    people INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX department_children ON department (org, parent, position, id);
CREATE INDEX department_path ON department (org, path);

CREATE TABLE post (
    org INTEGER NOT NULL,
    department INTEGER NOT NULL,
    person INTEGER NOT NULL,
    title TEXT NOT NULL,
    is_main INTEGER NOT NULL,
    is_head INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (org, department, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_person ON post (org, person);
CREATE INDEX post_order ON post (org, department, position, person);

-- Every ending of a name, of its pinyin and of its initials: what a search may begin with.
-- kind: p for a person, d for a department.
CREATE TABLE name_key (
    org INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (org, kind, key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX name_key_owner ON name_key (org, kind, id);

CREATE TABLE invite (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    department INTEGER NOT NULL,
    inviter INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    most INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invite_hash ON invite (hash);
