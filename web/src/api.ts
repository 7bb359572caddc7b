// Written by `carillon api --typescript`; do not edit.

export interface OrgOrganisation { id: string; name: string; person: string; role: string; }
export interface OrgPost { department: string; department_name: string; title?: string; is_main: boolean; is_head: boolean; }
// A person as the viewer may see them.
export interface OrgPerson {
  id: string; name: string; pinyin?: string; role?: "owner" | "admin" | "member"; title?: string; department_name?: string;
  phone?: string; email?: string; login?: string; avatar?: string /* file id */; state?: "active" | "invited" | "suspended"; posts?: OrgPost[];
}
export interface OrgDepartment { id: string; parent?: string; name: string; people: number /* with those below */; position: number; }
export interface OrgSession { id: string; agent: string; address: string; created: number; seen: number; is_current: boolean; is_new: boolean; }
export interface OrgInvite { id: string; department?: string; department_name?: string; expires: number; uses: number; most: number; }
export interface OrgAuditLine { id: string; at: number; person: string; act: string; about?: string; detail?: string; }

export interface FileFile { id: string; name: string; type: string; size: number; width?: number; height?: number; }

export interface TalkQuote { seq: number; author: string; body: string; is_recalled?: boolean; }
// kind: "text" | "files" | "notice" (a line by the system: notice is the machine word, people who it names)
export interface TalkMessage {
  seq: number; version: number; author: string; at: number; kind: "text" | "files" | "notice";
  body?: string; files?: FileFile[]; mentions?: string[]; mentions_all?: boolean; quote?: TalkQuote;
  is_recalled?: boolean; notice?: "created" | "added" | "removed" | "left" | "renamed"; people?: string[];
  key?: string;   // the client's own key, to the author only
  read?: number; unread?: number; // to the author only
}
export interface TalkConversation {
  id: string; kind: "direct" | "group"; title: string /* of a group */; peer?: string /* the other person of a direct one */;
  role?: "owner" | "admin" | "member"; members: number; version: number; last_seq: number; since: number /* first seq I may see */;
  upto: number /* my read cursor */; unread: number /* 100 means 100 or more */; is_mentioned?: boolean; last?: TalkMessage; changed: number;
}
export interface TalkMember { person: string; role: "owner" | "admin" | "member"; }

export interface Ops {
  // organisation and accounts -------------------------------------------------------------------
  org_state: { in: {}; out: { needs_setup: boolean; has_session: boolean; version: string; name?: string } };
  org_setup: { in: { token: string; organisation: string; name: string; login: string; password: string; key: string }; out: { organisation: string; person: string } };
  org_setup_demo: { in: { token: string; key: string }; out: { login: string; password: string } };
  org_sign_in: { in: { login: string /* login name, phone or e-mail */; password: string }; out: { account: string } };
  org_sign_out: { in: {}; out: {} };
  org_me: { in: {}; out: { account: string; session: string; organisation: OrgOrganisation; organisations: OrgOrganisation[]; person: OrgPerson; new_sessions: OrgSession[]; language?: string } };
  org_switch: { in: { organisation: string }; out: {} };
  org_create: { in: { organisation: string; name: string; key: string }; out: { organisation: string; person: string } };
  org_sessions: { in: {}; out: { sessions: OrgSession[] } };
  org_session_end: { in: { session: string }; out: {} };
  org_session_known: { in: { session: string }; out: {} };   // "yes, that was me"
  org_password: { in: { old: string; password: string }; out: {} };
  org_reset_link: { in: { person: string }; out: { token: string; expires: number } };
  org_reset_look: { in: { token: string }; out: { login: string; name: string } };
  org_reset: { in: { token: string; password: string }; out: {} };
  org_invite: { in: { department?: string; days?: number; most?: number; key: string }; out: { invite: OrgInvite; token: string } };
  org_invites: { in: {}; out: { invites: OrgInvite[] } };
  org_invite_end: { in: { invite: string }; out: {} };
  org_invite_look: { in: { token: string }; out: { organisation: string; inviter: string; department?: string } };
  org_join: { in: { token: string; name?: string; login?: string; phone?: string; email?: string; password?: string; key: string }; out: { organisation: string; person: string } };
  org_people: { in: { ids: string[] }; out: { people: OrgPerson[] } };
  org_person: { in: { person: string }; out: { person: OrgPerson } };
  org_find: { in: { query: string; limit?: number; after?: string }; out: { people: OrgPerson[]; departments: OrgDepartment[]; more?: string } };
  org_department: { in: { department?: string /* none: the top */; after?: string; limit?: number }; out: { department?: OrgDepartment; path: OrgDepartment[]; departments: OrgDepartment[]; people: OrgPerson[]; more?: string } };
  org_department_add: { in: { parent?: string; name: string; key: string }; out: { department: OrgDepartment } };
  org_department_change: { in: { department: string; name?: string; parent?: string; position?: number }; out: { department: OrgDepartment } };
  org_department_remove: { in: { department: string }; out: {} };
  org_person_change: { in: { person: string; name?: string; phone?: string; email?: string; avatar?: string }; out: { person: OrgPerson } };
  org_post_set: { in: { person: string; department: string; title?: string; is_main?: boolean; is_head?: boolean }; out: { person: OrgPerson } };
  org_post_remove: { in: { person: string; department: string }; out: { person: OrgPerson } };
  org_role: { in: { person: string; role: "owner" | "admin" | "member" }; out: {} };
  org_remove: { in: { person: string }; out: {} };
  org_language: { in: { language: "zh" | "en" }; out: {} };
  org_audit: { in: { before?: string; limit?: number }; out: { lines: OrgAuditLine[]; more?: string } };
  // files -----------------------------------------------------------------------------------------
  // Parts go to PUT /v1/uploads/{upload}?offset=N (raw bytes, any part size up to 8 MiB) and are answered {"received": N}.
  file_begin: { in: { name: string; type: string; size: number; key: string }; out: { upload: string; received: number } };
  file_finish: { in: { upload: string; key: string }; out: { file: FileFile } };
  // conversations -----------------------------------------------------------------------------------
  talk_sync: { in: { epoch?: string; since?: number }; out: {
    epoch: string; time: number; is_reset: boolean; conversations: TalkConversation[]; people: OrgPerson[]; gone: string[]; more?: string } };
  talk_list: { in: { before?: string; limit?: number }; out: { conversations: TalkConversation[]; people: OrgPerson[]; more?: string } };
  talk_get: { in: { conversation: string }; out: { conversation: TalkConversation; people: OrgPerson[] } };
  talk_create: { in: { title: string; people: string[]; key: string }; out: { conversation: TalkConversation } };
  talk_direct: { in: { person: string; key: string }; out: { conversation: TalkConversation } };
  talk_rename: { in: { conversation: string; title: string }; out: {} };
  talk_members: { in: { conversation: string; after?: string; limit?: number }; out: { members: TalkMember[]; people: OrgPerson[]; more?: string } };
  talk_add: { in: { conversation: string; people: string[] }; out: {} };
  talk_remove: { in: { conversation: string; person: string }; out: {} };
  talk_leave: { in: { conversation: string }; out: {} };
  talk_send: { in: { conversation: string; body?: string; files?: string[]; mentions?: string[]; mentions_all?: boolean; reply_to?: number; key: string }; out: { seq: number; version: number; at: number } };
  talk_history: { in: { conversation: string; before?: number; after?: number; limit?: number }; out: { messages: TalkMessage[] /* rising seq */; people: OrgPerson[] } };
  talk_changes: { in: { conversation: string; since: number /* version */; from: number /* lowest seq the client holds */ }; out: { messages: TalkMessage[]; people: OrgPerson[]; is_too_many?: boolean } };
  talk_recall: { in: { conversation: string; seq: number }; out: {} };
  talk_read: { in: { conversation: string; upto: number }; out: {} };
  talk_readers: { in: { conversation: string; seq: number; has_read: boolean; after?: string; limit?: number }; out: { read: number; unread: number; people: OrgPerson[]; more?: string } };
  talk_typing: { in: { conversation: string }; out: {} };
  talk_watch: { in: { people: string[] }; out: { online: string[] } };   // presence of those on screen; replaces the former set
  talk_search: { in: { query: string; before?: string; limit?: number }; out: { hits: { conversation: TalkConversation; message: TalkMessage }[]; people: OrgPerson[]; more?: string } };
}
