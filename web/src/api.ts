// Written by `carillon api --typescript`; do not edit.

export interface OrgOrganisation {
  id: string; // the organisation
  name: string; // its name
  person: string; // who the caller is there
  role: string; // owner, admin or member
}

export interface OrgPost {
  department: string; // department
  department_name: string; // its name
  title?: string; // what the person is there
  is_main: boolean; // the person's main post
  is_head: boolean; // heads the department
}

export interface OrgPerson {
  id: string; // the person
  name: string; // name
  pinyin?: string; // name in pinyin, for sorting
  role?: string; // owner, admin or member
  title?: string; // title of the main post
  department_name?: string; // department of the main post
  phone?: string; // phone number
  email?: string; // e-mail address
  login?: string; // login name; to oneself and to admins
  avatar?: string; // file of the picture
  state?: string; // active, removed for one who left, or robot
  posts?: OrgPost[]; // all posts; on the card only
}

export interface OrgSession {
  id: string; // the session
  agent: string; // the browser, as it calls itself
  address: string; // where it signed in from
  created: number; // when it signed in
  seen: number; // when it was last used, to ten minutes
  is_current: boolean; // it is the caller's own
  is_new: boolean; // a device not seen before, and not yet confirmed
}

export interface OrgInvite {
  id: string; // the invitation
  department?: string; // where those who come are put
  department_name?: string; // its name
  expires: number; // until when it works
  uses: number; // people who came by it
  most: number; // people who may
}

export interface OrgFoundDepartment {
  id: string; // the department
  name: string; // its name
  path_names?: string; // names of those above it, from the top
  people: number; // people in it and below
}

export interface OrgAuditLine {
  id: string; // the line
  at: number; // when
  person?: string; // who did it
  person_name?: string; // their name
  act: string; // what, as a word
  about?: string; // the person, department or other thing concerned
  about_name?: string; // its name, when it is a person
  detail?: string; // more of it
}

export interface OrgDepartment {
  id: string; // the department
  parent?: string; // the one above; absent at the top
  name: string; // its name
  people: number; // people in it and below, each once
  position: number; // place among its neighbours
}

export interface OrgHere {
  person: string; // one of the people
  title?: string; // what they are in the department
  is_head: boolean; // heads the department
}

export interface FileFile {
  id: string; // the file
  name: string; // its name
  type: string; // its media type
  size: number; // bytes
  width?: number; // pixels, of a picture
  height?: number; // pixels, of a picture
}

export interface TalkQuote {
  seq: number; // the message answered
  author: string; // who said it
  body: string; // its beginning
  is_recalled?: boolean; // it was taken back
}

export interface TalkVoice {
  length: number; // milliseconds
  wave?: string; // loudness along the way, a letter from a to z each
}

export interface TalkPlace {
  name: string; // what it is called
  address?: string; // where it is
  latitude: number; // millionths of a degree, WGS 84
  longitude: number; // millionths of a degree, WGS 84
}

export interface TalkLink {
  url: string; // the address
  title?: string; // what it is called
  text?: string; // what it says of itself
  picture?: string; // address of its picture
  file?: string; // the picture, kept here
}

export interface TalkLine {
  author: string; // who said it
  name: string; // their name
  at: number; // when
  body?: string; // what was said
  files?: FileFile[]; // its files
}

export interface TalkMerged {
  title: string; // the group's title, or both people's names
  lines: TalkLine[]; // the messages, in order
}

export interface TalkFact {
  name: string; // what it is
  value?: string; // what it says
  share?: number; // thousandths, drawn as a bar
  count?: number; // how many people
}

export interface TalkButton {
  label: string; // what it says
  op?: string; // the op it runs
  input?: string; // the op's input, as JSON
  url?: string; // the address it opens
  choice?: string; // what `mine` names when it was pressed
  look?: string; // main or danger
}

export interface TalkCard {
  kind: string; // who keeps it: confirm, poll, robot, or a module
  title?: string; // its heading
  picture?: string; // address of a picture above
  facts?: TalkFact[]; // what it tells
  buttons?: TalkButton[]; // what can be done
  links?: TalkLink[]; // a list of things to read
  is_across?: boolean; // buttons stand side by side
  is_over?: boolean; // nothing can be done any more
  done?: number; // people who have answered
  of?: number; // people who are asked
  most?: number; // choices that one person has
  is_secret?: boolean; // nobody sees who chose what
  closes?: number; // until when
  mine?: string; // the reader's own choices, with spaces between; not in events
}

export interface TalkExtra {
  voice?: TalkVoice; // it is spoken: the file is sound
  place?: TalkPlace; // a place
  contact?: string; // a person's card
  link?: TalkLink; // what stands behind a link
  merged?: TalkMerged; // messages of elsewhere
  source?: string; // forwarded: who said it first
  is_markdown?: boolean; // the words are markdown with headings
  is_plain?: boolean; // the words are no markup: shown as they are
  card?: TalkCard; // facts and buttons
}

export interface TalkReaction {
  emoji: string; // the sign
  count: number; // how many put it
  people: string[]; // the first hundred of them
}

export interface TalkMessage {
  seq: number; // number in the conversation, dense from 1
  version: number; // the conversation's version when it last changed
  author: string; // who sent it, or did what a notice tells
  at: number; // when the server took it
  kind: string; // text, files or notice
  body?: string; // what is said, in light markup; a notice's new title
  files?: FileFile[]; // its files
  mentions?: string[]; // people it calls
  mentions_all?: boolean; // it calls everybody
  quote?: TalkQuote; // the message it answers
  is_recalled?: boolean; // it was taken back; nothing of it is left
  is_expired?: boolean; // not by its author: it was kept long enough
  edited?: number; // when its words were last changed
  extra?: TalkExtra; // what goes with the words
  reactions?: TalkReaction[]; // signs that people put to it
  is_pinned?: boolean; // it stands at the top of the conversation
  replies?: number; // messages that answer it
  notice?: string; // created, added, removed, left or renamed
  people?: string[]; // whom the notice names, 1,000 at most
  read?: number; // members who have read it; to its author only
  unread?: number; // members who have not; to its author only
}

export interface TalkSwitches {
  all_by_managers?: boolean; // only managers call everybody
  add_by_managers?: boolean; // only managers bring people in
  pin_by_managers?: boolean; // only managers pin
  asks_managers?: boolean; // who comes by link or number waits for a manager
  shows_history?: boolean; // newcomers see what was said before
  is_muted?: boolean; // only managers speak
  is_unlisted?: boolean; // it cannot be found by its number
  counts_only?: boolean; // who has read shows as a number, not as names
  no_private?: boolean; // members start no private talks from here
  stays?: boolean; // members do not leave by themselves
}

export interface TalkConversation {
  id: string; // the conversation, and its topic
  kind: string; // direct or group
  title: string; // of a group
  peer?: string; // the other one of a direct conversation
  role?: string; // the caller's: owner, admin or member
  members: number; // how many people
  version: number; // number of its last event
  last_seq: number; // number of its last message
  since: number; // first message that the caller may see
  upto: number; // how far the caller has read
  unread: number; // messages of others behind that; 100 means 100 or more
  is_mentioned?: boolean; // one of those calls the caller
  last?: TalkMessage; // the last message
  changed: number; // when it last changed
  avatar?: string; // file of the group's picture
  department?: string; // the group's members are this department's
  number?: number; // by which the group is found
  switches?: TalkSwitches; // of the group; absent: all off
  is_closed?: boolean; // it was dissolved: to be read only
  nickname?: string; // what the caller is called here
  muted?: number; // until when the caller may not speak
  is_muted?: boolean; // the caller wants no sound of it
  is_folded?: boolean; // the caller folded it away
  is_top?: boolean; // the caller keeps it above the others
  is_marked?: boolean; // the caller marked it as unread
}

export interface TalkMember {
  person: string; // the member
  role: string; // owner, admin or member
  nickname?: string; // what the member is called here
  muted?: number; // until when the member may not speak
}

export interface TalkRequest {
  conversation: string; // the group
  person: string; // who wants in
  words?: string; // what they say
  at: number; // since when
}

export interface TalkFormer {
  at: number; // until when it said so
  body: string; // what it said
}

export interface TalkFavourite {
  id: string; // the favourite
  at: number; // since when
  conversation: string; // where the message stands
  title?: string; // of the group
  message?: TalkMessage; // absent when the caller may no longer see it
}

export interface TalkDraftRow {
  conversation: string; // the conversation
  body: string; // what is written so far; empty: nothing
  reply_to?: number; // the message it is to answer
  at: number; // when it was kept
}

export interface TalkScheduledRow {
  id: string; // the message to be
  conversation: string; // conversation it goes to
  due: number; // when
  body: string; // what it will say
  files?: number; // how many files go with it
  refused?: string; // why it was not sent
}

export interface TalkSeq {
  seq: number; // a message
}

export interface TalkOption {
  text: string; // what can be chosen
}

export interface TalkChoice {
  option: number; // number of an option, from 1
}

export interface TalkAnswer {
  person: string; // who
  at?: number; // when they answered
}

export interface TalkHit {
  conversation: string; // where it stands
  title?: string; // of the group
  peer?: string; // the other one of a direct conversation
  message: TalkMessage; // the message
}

export interface TalkExportedRow {
  id: string; // the export
  conversation?: string; // absent: the whole organisation
  at: number; // when it was asked for
  file?: string; // the file, once it is written; for a day
  size?: number; // its bytes
}

export interface AnnounceRow {
  id: string; // the announcement
  author: string; // who wrote it
  at: number; // when
  title: string; // its title
  body: string; // its words; in a list their beginning
  cover?: string; // the picture above it
  files?: FileFile[]; // files with it; not in a list
  secrecy?: number; // 0 none, 1 internal, 2 secret
  is_must?: boolean; // it must be read
  is_read?: boolean; // the caller has read it
  is_withdrawn?: boolean; // it was withdrawn; nothing of it is left
  audience?: number; // people it is for; to its author and admins
  reads?: number; // people who have read it; to its author and admins
}

export interface AnnounceReaderRow {
  person: string; // who
  at?: number; // when they read it
}

export interface RobotWord {
  text: string; // the word or address
}

export interface RobotRobot {
  id: string; // the robot; calling it is a mention of this id
  name: string; // its name
  avatar?: string; // file of its picture
  answers?: boolean; // it can be called: somebody outside is told
  is_off?: boolean; // it is switched off
  creator: string; // who added it
  created: number; // when
  keywords?: RobotWord[]; // to managers: one of them must occur
  is_signed?: boolean; // to managers: messages must be signed with the secret
  secret?: string; // to managers
  addresses?: RobotWord[]; // to managers: messages come from these only
  url?: string; // to managers: what is told when somebody calls it
  per_minute?: number; // to managers: messages a minute
}

export interface PushDevice {
  id: string; // the subscription
  agent: string; // the browser, as it calls itself
  service: string; // host of its push service
  created: number; // since when
  failures?: number; // tries in a row that did not reach it
  is_current: boolean; // it is the one that asks
}

export interface PushPeriod {
  days: number; // days on which it begins: bits, 1 is Monday, 64 Sunday
  low: number; // minute of the day at which it begins
  high: number; // minute at which it ends, on the next day unless that is later than its beginning
}

export interface PushDisturbance {
  id: string; // the disturbance
  author: string; // who disturbed
  conversation: string; // where
  seq: number; // by which message
  reason: string; // why it could not wait
  at: number; // when
}

export interface PushDisturbCount {
  author: string; // who disturbed
  people: number; // how many times somebody was disturbed by them
}

export interface Ops {
  // Sign in with a password.
  org_sign_in: { in: { login: string; password: string }; out: { account: string } };
  // End this session.
  org_sign_out: { in: {}; out: {} };
  // Who the caller is, and where.
  org_me: { in: {}; out: { account: string; session: string; organisation?: OrgOrganisation; organisations: OrgOrganisation[]; person?: OrgPerson; new_sessions: OrgSession[]; language?: string } };
  // Look at another organisation.
  org_switch: { in: { organisation: string }; out: {} };
  // The account's sessions.
  org_sessions: { in: {}; out: { sessions: OrgSession[] } };
  // End one of the account's sessions.
  org_session_end: { in: { session: string }; out: {} };
  // Confirm that a sign-in from a new device was the caller's own.
  org_session_known: { in: { session: string }; out: {} };
  // Change the password; the other sessions end.
  org_password: { in: { old: string; password: string }; out: {} };
  // Make a link that sets a new password, to be handed over.
  org_reset_link: { in: { person: string }; out: { token: string; expires: number } };
  // Whose password a link sets.
  org_reset_look: { in: { token: string }; out: { login: string; name: string } };
  // Set a new password through a link.
  org_reset: { in: { token: string; password: string }; out: {} };
  // Choose the language.
  org_language: { in: { language: string }; out: {} };
  // Is the server set up, is the caller signed in?.
  org_state: { in: {}; out: { needs_setup: boolean; has_session: boolean; version: string; name?: string } };
  // Make the first organisation and its owner.
  org_setup: { in: { token: string; organisation: string; name: string; login: string; password: string; key: string }; out: { organisation: string; person: string } };
  // Make another organisation on this server.
  org_create: { in: { organisation: string; name: string; key: string }; out: { organisation: string; person: string } };
  // Make an invitation that works by link and QR code.
  org_invite: { in: { department?: string; days?: number; most?: number; key: string }; out: { invite: OrgInvite; token: string } };
  // Invitations that still work.
  org_invites: { in: {}; out: { invites: OrgInvite[] } };
  // Withdraw an invitation.
  org_invite_end: { in: { invite: string }; out: {} };
  // What an invitation leads to.
  org_invite_look: { in: { token: string }; out: { organisation: string; inviter: string; department?: string } };
  // A QR code as SVG.
  org_qr: { in: { text: string }; out: { svg: string } };
  // Come into an organisation by its invitation.
  org_join: { in: { token: string; name?: string; login?: string; phone?: string; email?: string; password?: string; key: string }; out: { organisation: string; person: string } };
  // Cards of several people.
  org_people: { in: { ids: string[] }; out: { people: OrgPerson[] } };
  // A person's card.
  org_person: { in: { person: string }; out: { person: OrgPerson } };
  // Find people and departments by part of a name, pinyin or initials.
  org_find: { in: { query: string; limit?: number; after?: string }; out: { people: OrgPerson[]; departments: OrgFoundDepartment[]; more?: string } };
  // Change a card: one's own, or anyone's as an admin.
  org_person_change: { in: { person: string; name?: string; phone?: string; email?: string; avatar?: string; drops_avatar?: boolean }; out: { person: OrgPerson } };
  // Make somebody owner, admin, member.
  org_role: { in: { person: string; role: string }; out: {} };
  // Take somebody out of the organisation.
  org_remove: { in: { person: string }; out: {} };
  // What admins did, newest first.
  org_audit: { in: { before?: string; limit?: number }; out: { lines: OrgAuditLine[]; more?: string } };
  // Open a department: what is above, just below, and its people.
  org_department: { in: { department?: string; after?: string; limit?: number }; out: { department?: OrgDepartment; path: OrgDepartment[]; departments: OrgDepartment[]; people: OrgPerson[]; here: OrgHere[]; total: number; more?: string } };
  // Add a department.
  org_department_add: { in: { parent?: string; name: string; key: string }; out: { department: OrgDepartment } };
  // Rename or move a department.
  org_department_change: { in: { department: string; name?: string; parent?: string; to_top?: boolean; position?: number }; out: { department: OrgDepartment } };
  // Remove a department that is empty.
  org_department_remove: { in: { department: string }; out: {} };
  // Put somebody into a department, or change their post there.
  org_post_set: { in: { person: string; department: string; title?: string; is_main?: boolean; is_head?: boolean }; out: { person: OrgPerson } };
  // Take somebody out of a department.
  org_post_remove: { in: { person: string; department: string }; out: { person: OrgPerson } };
  // Begin an upload.
  file_begin: { in: { name: string; type?: string; size: number; key: string }; out: { upload: string; received: number } };
  // How much of an upload is there.
  file_state: { in: { upload: string }; out: { upload: string; received: number } };
  // Make a file of an upload.
  file_finish: { in: { upload: string; key: string }; out: { file: FileFile } };
  // What changed since; a WebSocket then follows all of it.
  talk_sync: { in: { epoch?: string; since?: number }; out: { epoch: string; time: number; is_reset: boolean; conversations: TalkConversation[]; people: OrgPerson[]; all: string[]; more?: string } };
  // The caller's conversations.
  talk_list: { in: { before?: string; limit?: number }; out: { conversations: TalkConversation[]; people: OrgPerson[]; more?: string } };
  // One conversation.
  talk_get: { in: { conversation: string }; out: { conversation: TalkConversation; people: OrgPerson[] } };
  // Make a group.
  talk_create: { in: { title: string; people: string[]; key: string }; out: { conversation: TalkConversation; people: OrgPerson[] } };
  // The conversation with one person.
  talk_direct: { in: { person: string; key: string }; out: { conversation: TalkConversation; people: OrgPerson[] } };
  // How the caller wants to be told of a conversation.
  talk_attention: { in: { conversation: string; is_muted?: boolean; is_folded?: boolean; is_top?: boolean; is_marked?: boolean }; out: {} };
  // Be told of the coming and going of these people.
  talk_watch: { in: { people: string[] }; out: { online: string[] } };
  // Members of a conversation.
  talk_members: { in: { conversation: string; after?: string; limit?: number; is_named?: boolean }; out: { members: TalkMember[]; people: OrgPerson[]; more?: string } };
  // Bring people into a group.
  talk_add: { in: { conversation: string; people: string[] }; out: {} };
  // Take somebody out of a group.
  talk_remove: { in: { conversation: string; person: string }; out: {} };
  // Leave a group.
  talk_leave: { in: { conversation: string }; out: {} };
  // Make a member an admin, or hand the group over.
  talk_role: { in: { conversation: string; person: string; role: string }; out: {} };
  // Silence a member for a time.
  talk_mute: { in: { conversation: string; person: string; minutes: number }; out: {} };
  // What the caller is called in a group.
  talk_nickname: { in: { conversation: string; nickname: string }; out: {} };
  // Rename a group.
  talk_rename: { in: { conversation: string; title: string }; out: {} };
  // Give a group a picture.
  talk_picture: { in: { conversation: string; file?: string }; out: {} };
  // Set a group's switches; those not given stay.
  talk_group_set: { in: { conversation: string; all_by_managers?: boolean; add_by_managers?: boolean; pin_by_managers?: boolean; asks_managers?: boolean; shows_history?: boolean; is_muted?: boolean; is_unlisted?: boolean; counts_only?: boolean; no_private?: boolean; stays?: boolean }; out: {} };
  // Put a notice above a group, and tell it.
  talk_notice: { in: { conversation: string; body: string }; out: {} };
  // The notice above a group.
  talk_notice_get: { in: { conversation: string }; out: { body?: string; person?: string; at?: number; seq?: number; people: OrgPerson[] } };
  // Make a link or code by which people of the organisation come in.
  talk_link: { in: { conversation: string; days?: number }; out: { token: string; expires: number } };
  // Which group is it?.
  talk_group_find: { in: { token?: string; number?: number }; out: { conversation?: string; title: string; members: number; avatar?: string; asks_managers?: boolean; is_waiting?: boolean } };
  // Come in by link, code or number.
  talk_join: { in: { token?: string; number?: number; words?: string }; out: { conversation?: string; is_waiting?: boolean } };
  // Who wants to come in.
  talk_requests: { in: { conversation: string }; out: { requests: TalkRequest[]; people: OrgPerson[] } };
  // Let somebody in, or not.
  talk_request_answer: { in: { conversation: string; person: string; accepts: boolean }; out: {} };
  // End a group: it can be read, and no more.
  talk_dissolve: { in: { conversation: string }; out: {} };
  // Messages of a conversation; the newest without before and after.
  talk_history: { in: { conversation: string; before?: number; after?: number; limit?: number }; out: { messages: TalkMessage[]; people: OrgPerson[] } };
  // Messages that came or changed since a version.
  talk_changes: { in: { conversation: string; since: number; from: number }; out: { messages: TalkMessage[]; people: OrgPerson[]; version: number; is_too_many?: boolean } };
  // A message and the answers to it.
  talk_thread: { in: { conversation: string; seq: number; after?: number; limit?: number }; out: { messages: TalkMessage[]; people: OrgPerson[] } };
  // Post a message to a conversation.
  talk_send: { in: { conversation: string; body?: string; files?: string[]; mentions?: string[]; mentions_all?: boolean; reply_to?: number; voice?: TalkVoice; place?: TalkPlace; contact?: string; wants_confirm?: boolean; key: string }; out: { seq: number; version: number; at: number } };
  // The caller is writing.
  talk_typing: { in: { conversation: string }; out: {} };
  // Take a message back: one's own in time, any as the group's manager.
  talk_recall: { in: { conversation: string; seq: number }; out: {} };
  // Change the words of one's own message; what it said before stays to be seen.
  talk_edit: { in: { conversation: string; seq: number; body: string; mentions?: string[]; mentions_all?: boolean }; out: {} };
  // What a message said before.
  talk_edits: { in: { conversation: string; seq: number }; out: { edits: TalkFormer[] } };
  // Put a sign to a message, or take it away.
  talk_react: { in: { conversation: string; seq: number; emoji: string; is_on: boolean }; out: {} };
  // Pin a message to the top, or take it down.
  talk_pin: { in: { conversation: string; seq: number; is_on: boolean }; out: {} };
  // Messages at the top.
  talk_pins: { in: { conversation: string }; out: { messages: TalkMessage[]; people: OrgPerson[] } };
  // The organisation's rules of talking.
  talk_rules: { in: {}; out: { recall_minutes: number; edit_minutes: number; previews?: boolean } };
  // Set the rules of talking.
  talk_rules_set: { in: { recall_minutes: number; edit_minutes: number; previews?: boolean }; out: {} };
  // Keep a message among the favourites.
  talk_favour: { in: { conversation: string; seq: number; is_on: boolean }; out: {} };
  // The caller's favourites.
  talk_favourites: { in: { before?: string; limit?: number }; out: { favourites: TalkFavourite[]; people: OrgPerson[]; more?: string } };
  // Take a favourite away, whatever became of its message.
  talk_unfavour: { in: { id: string }; out: {} };
  // Keep what is written so far, for all of one's devices.
  talk_draft: { in: { conversation: string; body: string; reply_to?: number }; out: {} };
  // The caller's drafts.
  talk_drafts: { in: {}; out: { drafts: TalkDraftRow[] } };
  // Have a message sent at a time.
  talk_schedule: { in: { conversation: string; due: number; body?: string; files?: string[]; mentions?: string[]; mentions_all?: boolean; reply_to?: number; key: string }; out: { id: string; conversation: string; due: number; body: string; files?: number; refused?: string } };
  // Messages waiting for their time.
  talk_scheduled: { in: {}; out: { messages: TalkScheduledRow[] } };
  // Do not send it after all.
  talk_unschedule: { in: { id: string }; out: {} };
  // Send messages on to other conversations.
  talk_forward: { in: { conversation: string; messages: TalkSeq[]; to: string[]; is_merged?: boolean; comment?: string; key: string }; out: {} };
  // Confirm a message that asks for it.
  talk_confirm: { in: { conversation: string; seq: number }; out: {} };
  // Ask the members of a conversation.
  talk_poll: { in: { conversation: string; question: string; options: TalkOption[]; most?: number; is_secret?: boolean; closes?: number; key: string }; out: { seq: number } };
  // Choose among a poll's options.
  talk_vote: { in: { conversation: string; seq: number; choices: TalkChoice[] }; out: {} };
  // End a poll: its author, or a manager.
  talk_poll_close: { in: { conversation: string; seq: number }; out: {} };
  // Who has confirmed or chosen, or has not.
  talk_answers: { in: { conversation: string; seq: number; option?: number; is_missing?: boolean; after?: string }; out: { answers: TalkAnswer[]; people: OrgPerson[]; more?: string } };
  // Mark as read up to a message.
  talk_read: { in: { conversation: string; upto: number }; out: {} };
  // Who has read a message of the caller's, and who has not.
  talk_readers: { in: { conversation: string; seq: number; has_read: boolean; after?: string; limit?: number }; out: { read: number; unread: number; people: OrgPerson[]; more?: string } };
  // Remind those who have not read, or not confirmed, a message of the caller's.
  talk_remind: { in: { conversation: string; seq: number; is_confirm?: boolean }; out: { people: number } };
  // Make a group whose members are those of a department, now and later.
  talk_follow: { in: { department: string; title?: string; key: string }; out: { conversation: string } };
  // Find words in all messages that the caller may see.
  talk_search: { in: { query?: string; conversation?: string; author?: string; kind?: string; from?: number; to?: number; before?: string; limit?: number }; out: { hits: TalkHit[]; people: OrgPerson[]; more?: string } };
  // The caller's groups by a part of the title.
  talk_find: { in: { query: string; limit?: number }; out: { conversations: TalkConversation[] } };
  // Where a day begins in a conversation.
  talk_at: { in: { conversation: string; at: number }; out: { seq: number } };
  // Set how long messages are kept.
  talk_keep_set: { in: { conversation?: string; days?: number }; out: {} };
  // How long messages are kept.
  talk_keep: { in: { conversation?: string }; out: { days: number; is_own: boolean } };
  // Have a conversation written to a file.
  talk_export: { in: { conversation: string; key: string }; out: { id: string; conversation?: string; at: number; file?: string; size?: number } };
  // Have all talk of the organisation written to a file.
  talk_export_all: { in: { key: string }; out: { id: string; conversation?: string; at: number; file?: string; size?: number } };
  // The caller's exports.
  talk_exports: { in: {}; out: { exports: TalkExportedRow[] } };
  // Announce something.
  announce_post: { in: { title: string; body: string; departments?: string[]; people?: string[]; is_for_all?: boolean; cover?: string; files?: string[]; secrecy?: number; is_must?: boolean; key: string }; out: { announcement: string } };
  // Announcements for the caller, or by the caller.
  announce_list: { in: { before?: string; limit?: number; is_sent?: boolean }; out: { announcements: AnnounceRow[]; people: OrgPerson[]; unread: number; more?: string } };
  // One announcement.
  announce_get: { in: { announcement: string }; out: { announcement: AnnounceRow; people: OrgPerson[] } };
  // The caller has read it.
  announce_read: { in: { announcement: string }; out: {} };
  // Who has read it, and when, and who has not.
  announce_readers: { in: { announcement: string; has_read: boolean; after?: string; limit?: number }; out: { readers: AnnounceReaderRow[]; people: OrgPerson[]; more?: string } };
  // Remind those who have not read it.
  announce_remind: { in: { announcement: string }; out: {} };
  // Take it back.
  announce_withdraw: { in: { announcement: string }; out: {} };
  // Add a robot to a group; without any check asked for, it must sign.
  robot_add: { in: { conversation: string; name: string; keywords?: RobotWord[]; is_signed?: boolean; addresses?: RobotWord[]; url?: string; per_minute?: number; avatar?: string }; out: { robot: RobotRobot; token: string; url: string } };
  // A group's robots; how they are kept is for its owner and admins.
  robot_list: { in: { conversation: string }; out: { robots: RobotRobot[] } };
  // Change a robot; what is not given stays.
  robot_change: { in: { conversation: string; robot: string; name?: string; keywords?: RobotWord[]; is_signed?: boolean; addresses?: RobotWord[]; url?: string; per_minute?: number; avatar?: string; drops_avatar?: boolean; is_off?: boolean }; out: { robot: RobotRobot } };
  // Take a robot out of a group.
  robot_remove: { in: { conversation: string; robot: string }; out: {} };
  // A new token for a robot; the former one ends.
  robot_token_renew: { in: { conversation: string; robot: string; also_secret?: boolean }; out: { robot: RobotRobot; token: string; url: string } };
  // The key that a browser subscribes with; the first call makes it.
  push_key: { in: {}; out: { key: string } };
  // Tell this browser of messages while the program is not open.
  push_subscribe: { in: { endpoint: string; p256dh: string; auth: string }; out: { device: string } };
  // Tell a browser no longer.
  push_unsubscribe: { in: { device: string }; out: {} };
  // The caller's browsers that are told.
  push_list: { in: {}; out: { devices: PushDevice[] } };
  // Send a trial notice to one's own browsers.
  push_test: { in: {}; out: {} };
  // Quiet hours, and who may disturb them.
  push_quiet: { in: {}; out: { zone: number; periods: PushPeriod[]; disturb: string; disturbers?: string[]; own: PushPeriod[]; may_disturb: boolean } };
  // Set the organisation's quiet hours.
  push_quiet_set: { in: { zone: number; periods: PushPeriod[]; disturb: string; disturbers?: string[] }; out: {} };
  // Add quiet hours of one's own to the organisation's.
  push_quiet_own: { in: { periods: PushPeriod[] }; out: {} };
  // Whether messages reach the caller silently now.
  push_quiet_now: { in: {}; out: { is_quiet: boolean; changes?: number } };
  // Who of a conversation is in quiet hours, and until when.
  push_quiet_of: { in: { conversation: string }; out: { people: number; of: number; until?: number } };
  // Push a message of one's own through quiet hours, with a reason.
  push_disturb: { in: { conversation: string; seq: number; reason: string }; out: { people: number } };
  // Who disturbed the caller's quiet hours, when and why.
  push_disturbed: { in: { before?: string }; out: { disturbances: PushDisturbance[]; people: OrgPerson[]; more?: string } };
  // How often quiet hours were disturbed, and by whom.
  push_disturb_counts: { in: { days?: number }; out: { total: number; counts: PushDisturbCount[]; people: OrgPerson[] } };
  // Fill an empty server with a county to try everything in.
  demo_fill: { in: { token: string; key: string }; out: { organisation: string; login: string; password: string } };
  // Is the demonstration complete?.
  demo_state: { in: {}; out: { is_done: boolean } };
}
