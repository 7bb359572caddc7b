/* modules: what the program is made of, lowest floor first. */
#include "demo/demo.h"
#include "file/file.h"
#include "main/commands.h"
#include "org/org.h"
#include "announce/announce.h"
#include "push/push.h"
#include "robot/robot.h"
#include "talk/talk.h"

const struct module *const modules[] = {
    &api_module,          &org_account_module,   &org_join_module,
    &org_people_module,   &org_tree_module,      &file_module,
    &file_sweep_module,   &talk_module,          &talk_member_module,
    &talk_group_module,   &talk_message_module,  &talk_post_module,
    &talk_change_module,  &talk_own_module,      &talk_forward_module,
    &talk_card_module,    &talk_readers_module,  &talk_remind_module,
    &talk_follow_module,  &talk_search_module,   &talk_preview_module,
    &talk_keep_module,    &talk_export_module,   &org_check_module,
    &talk_check_module,   &announce_module,      &announce_audience_module,
    &robot_module,        &robot_webhook_module, &robot_reply_module,
    &push_module,         &push_send_module,     &push_quiet_module,
    &push_disturb_module, &demo_module,
};
const size_t module_count = sizeof modules / sizeof *modules;
