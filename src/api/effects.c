/* effects: what a request wants others to learn, kept until the commit and then carried out. */
#include "api/inner.h"
#include "base/id.h"
#include "base/must.h"

enum { LARGEST_EVENT = 4 << 20 };

/* ---- collecting ---------------------------------------------------------------------------- */

static struct effect *add(struct request *r, enum effect_kind kind, int64_t topic)
{
    struct effect *effect = ARENA_NEW(r->arena, struct effect);
    effect->kind = kind;
    effect->topic = topic;
    struct effects *effects = r->effects;
    if (!effects->first)
        effects->end = &effects->first;
    *effects->end = effect;
    effects->end = &effect->next;
    return effect;
}

static void begin_event(struct json *json, int64_t topic)
{
    json_open(json);
    json_name(json, S("topic"));
    json_id(json, topic);
}

static struct str finish_event(struct request *r, struct buf *out)
{
    must(!out->is_full);
    struct str text = arena_copy(r->arena, buf_str(out));
    buf_free(out);
    return text;
}

static struct str event_text(struct request *r, int64_t topic, int64_t number, const char *event,
                             const char *kind, int64_t id, const struct schema *schema,
                             const void *object)
{
    struct buf out = buf_new(LARGEST_EVENT);
    struct json json = json_to(&out);
    begin_event(&json, topic);
    json_name(&json, S("number"));
    json_int(&json, number);
    json_name(&json, S("event"));
    json_text(&json, str_from(event));
    json_name(&json, S("kind"));
    json_text(&json, str_from(kind));
    json_name(&json, S("id"));
    json_id(&json, id);
    if (object) {
        json_name(&json, S("object"));
        reply_write(&json, schema, object);
    }
    json_close(&json);
    return finish_event(r, &out);
}

void event_put_as(struct request *r, int64_t topic, int64_t version, const char *kind, int64_t id,
                  const struct schema *schema, const void *object)
{
    add(r, EFFECT_EVENT, topic)->text =
        event_text(r, topic, version, "put", kind, id, schema, object);
}

int64_t event_put(struct request *r, int64_t topic, const char *kind, int64_t id,
                  const struct schema *schema, const void *object)
{
    int64_t version = topic_next_version(r, topic);
    event_put_as(r, topic, version, kind, id, schema, object);
    return version;
}

int64_t event_drop(struct request *r, int64_t topic, const char *kind, int64_t id)
{
    int64_t version = topic_next_version(r, topic);
    add(r, EFFECT_EVENT, topic)->text = event_text(r, topic, version, "drop", kind, id, NULL, NULL);
    return version;
}

void event_lossy(struct request *r, int64_t topic, int64_t shown_as, const char *event,
                 const struct schema *schema, const void *object)
{
    struct buf out = buf_new(LARGEST_EVENT);
    struct json json = json_to(&out);
    begin_event(&json, shown_as);
    json_name(&json, S("event"));
    json_text(&json, str_from(event));
    json_name(&json, S("object"));
    reply_write(&json, schema, object);
    json_close(&json);
    add(r, EFFECT_LOSSY, topic)->text = finish_event(r, &out);
}

void follow_via(struct request *r, int64_t via, int64_t topic)
{
    add(r, EFFECT_FOLLOW, topic)->via = via;
}

void unfollow_via(struct request *r, int64_t via, int64_t topic)
{
    add(r, EFFECT_UNFOLLOW, topic)->via = via;
}

void close_followers(struct request *r, int64_t topic, int code)
{
    add(r, EFFECT_CLOSE, topic)->code = code;
}

void set_cookie(struct request *r, struct str token, int64_t max_age_seconds)
{
    r->effects->has_cookie = true;
    r->effects->cookie = token;
    r->effects->cookie_seconds = max_age_seconds;
}

void later(struct request *r, const char *op, int64_t object, int64_t low, int64_t high,
           int64_t delay_ms)
{
    struct effect *effect = add(r, EFFECT_LATER, object);
    effect->op = op;
    effect->low = low;
    effect->high = high;
    effect->delay = delay_ms;
}

void job_add(struct request *r, const char *kind, int64_t due, const struct schema *schema,
             const void *payload)
{
    struct buf out = buf_new(LARGEST_EVENT);
    struct json json = json_to(&out);
    reply_write(&json, schema, payload);
    WRITE(r,
          "INSERT INTO job (id, org, due, kind, payload, attempts, errand) "
          "VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
          INT(id_next()), INT(r->org), INT(due), TEXT(str_from(kind)), TEXT(finish_event(r, &out)),
          errand_lane(r->api, str_from(kind)));
    add(r, EFFECT_JOB, 0);
}

void audit(struct request *r, const char *act, int64_t about, struct str detail)
{
    WRITE(r,
          "INSERT INTO audit (org, id, at, person, act, about, detail, address) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
          INT(r->org), INT(id_next()), INT(r->now), INT(r->person), TEXT(str_from(act)), INT(about),
          TEXT(detail), TEXT(r->address));
}

/* ---- carrying out -------------------------------------------------------------------------- */

void outbox_send(struct api *api, struct outbox *outbox)
{
    if (outbox->count)
        net_publish_all(api->net, outbox->list, outbox->count);
    for (size_t i = 0; i < outbox->count; i++)
        frame_free(outbox->list[i].frame);
    outbox->count = 0;
}

static void publish(struct api *api, struct outbox *outbox, const struct effect *effect)
{
    if (api->tap.published)
        api->tap.published(api->tap.context, effect->topic, effect->text);
    if (!api->net)
        return;
    if (outbox->count == OUTBOX_SIZE)
        outbox_send(api, outbox);
    struct frame *frame = frame_new(effect->text, effect->kind == EFFECT_LOSSY);
    outbox->list[outbox->count++] = (struct net_publication){effect->topic, frame};
}

static void follow(struct api *api, const struct effect *effect, bool follows)
{
    if (api->tap.followed)
        api->tap.followed(api->tap.context, effect->via, effect->topic, follows);
    if (api->net && follows)
        net_follow_via(api->net, effect->via, effect->topic);
    if (api->net && !follows)
        net_unfollow_via(api->net, effect->via, effect->topic);
}

/* Whoever begins or ceases to follow here must not get, or lose, what was said before: that leaves
 * first. */
void effects_carry_out(struct api *api, const struct effects *effects, int64_t org,
                       struct outbox *outbox)
{
    for (const struct effect *effect = effects->first; effect; effect = effect->next) {
        if (effect->kind == EFFECT_FOLLOW || effect->kind == EFFECT_UNFOLLOW ||
            effect->kind == EFFECT_CLOSE)
            outbox_send(api, outbox);
        switch (effect->kind) {
        case EFFECT_EVENT:
        case EFFECT_LOSSY:
            publish(api, outbox, effect);
            break;
        case EFFECT_FOLLOW:
        case EFFECT_UNFOLLOW:
            follow(api, effect, effect->kind == EFFECT_FOLLOW);
            break;
        case EFFECT_CLOSE:
            if (api->tap.closed)
                api->tap.closed(api->tap.context, effect->topic, effect->code);
            if (api->net)
                net_close_topic(api->net, effect->topic, effect->code);
            break;
        case EFFECT_LATER:
            keeper_later(api, api_find(api, str_from(effect->op)), org, effect);
            break;
        case EFFECT_JOB:
            keeper_jobs_added(api);
            break;
        }
    }
}
