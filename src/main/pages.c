/* pages: choosing a file and its headers. Runs on the network threads; nothing is copied. */
#include "main/pages.h"
#include "web/assets.h"

/* No inline script, nothing from elsewhere, no framing. blob: is for pictures not sent yet. */
#define SAFETY                                                                                     \
    "Content-Security-Policy: default-src 'self'; img-src 'self' blob: data:; "                    \
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; "        \
    "frame-ancestors 'none'\r\n"                                                                   \
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"                          \
    "Cross-Origin-Opener-Policy: same-origin\r\nVary: Accept-Encoding\r\n"

#define FOR_EVER "Cache-Control: public, max-age=31536000, immutable\r\n"
#define ASK      "Cache-Control: no-cache\r\n"

static const struct {
    const char *encoding;
    struct str stable, asked;
} forms[] = {
    {"br", {SAFETY FOR_EVER "Content-Encoding: br\r\n", sizeof SAFETY FOR_EVER
            "Content-Encoding: br\r\n" - 1},
     {SAFETY ASK "Content-Encoding: br\r\n", sizeof SAFETY ASK "Content-Encoding: br\r\n" - 1}},
    {"gzip", {SAFETY FOR_EVER "Content-Encoding: gzip\r\n", sizeof SAFETY FOR_EVER
              "Content-Encoding: gzip\r\n" - 1},
     {SAFETY ASK "Content-Encoding: gzip\r\n", sizeof SAFETY ASK "Content-Encoding: gzip\r\n" - 1}},
    {"", {SAFETY FOR_EVER, sizeof SAFETY FOR_EVER - 1}, {SAFETY ASK, sizeof SAFETY ASK - 1}},
};

static struct str body_of(const struct asset *asset, size_t form)
{
    return form == 0 ? asset->brotli : form == 1 ? asset->gzip : asset->identity;
}

static bool accepts(const struct net_request *head, const char *encoding)
{
    struct str rest = net_header(head, S("Accept-Encoding"));
    while (rest.len) {
        struct str one = str_cut(&rest, ',');
        if (str_equal(str_trim(str_cut(&one, ';')), str_from(encoding)))
            return str_find(one, S("q=0")) < 0 || str_find(one, S("q=0.")) >= 0;
    }
    return false;
}

bool pages_answer(const struct net_request *head, struct net_plan *plan)
{
    const struct asset *asset = NULL;
    for (size_t i = 0; i < asset_count && !asset; i++)
        if (str_equal(head->path, str_from(assets[i].path)))
            asset = &assets[i];
    if (!asset)
        return false;
    size_t form = 0;
    while (form < 2 && !(body_of(asset, form).len && accepts(head, forms[form].encoding)))
        form++;
    plan->kind = NET_ANSWER;
    plan->answer = (struct net_answer){
        .status = 200,
        .type = str_from(asset->type),
        .headers = asset->is_immutable ? forms[form].stable : forms[form].asked,
        .etag = str_from(asset->etag),
        .body = body_of(asset, form),
        .is_static = true,
    };
    return true;
}
