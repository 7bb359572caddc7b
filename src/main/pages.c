/* pages: choosing a file and its headers. Runs on the network threads; nothing is copied. */
#include "main/pages.h"
#include "web/assets.h"

/* No inline script, nothing from elsewhere, no framing. blob: is for pictures not sent yet. */
#define SAFETY                                                                              \
    "Content-Security-Policy: default-src 'self'; img-src 'self' blob: data:; "             \
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'\r\n"                                                            \
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"                   \
    "Cross-Origin-Opener-Policy: same-origin\r\nVary: Accept-Encoding\r\n"

#define FOR_EVER "Cache-Control: public, max-age=31536000, immutable\r\n"
#define ASK      "Cache-Control: no-cache\r\n"

static const struct {
    const char *encoding;
    struct str stable, asked;
} forms[] = {
    {"br",
     {SAFETY FOR_EVER "Content-Encoding: br\r\n",
      sizeof SAFETY FOR_EVER "Content-Encoding: br\r\n" - 1},
     {SAFETY ASK "Content-Encoding: br\r\n", sizeof SAFETY ASK "Content-Encoding: br\r\n" - 1}},
    {"gzip",
     {SAFETY FOR_EVER "Content-Encoding: gzip\r\n",
      sizeof SAFETY FOR_EVER "Content-Encoding: gzip\r\n" - 1},
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

/* ---- trusting the server's own certificate --------------------------------------------------- */

static struct str authority_pem;

void pages_offer_authority(struct str pem)
{
    authority_pem = pem;
}

/* Without script: it is read by phones that do not trust the page yet. */
static const char trust_page[] =
    "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width\"><title>信任这台服务器 · Trust this server</title>"
    "<h1>信任这台服务器</"
    "h1><p>这台服务器用自己签发的证书加密连接。在手机或电脑上安装一次下面的根证书，"
    "浏览器就不再警告，摄像头和麦克风也能使用。</p>"
    "<p><a href=\"/trust/authority.crt\">下载根证书 authority.crt</a></p><ul>"
    "<li>安卓：设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书，选择下载的文件。</li>"
    "<li>iPhone：打开下载的描述文件并安装，再到 设置 → 通用 → 关于本机 → 证书信任设置 "
    "中打开它。</li>"
    "<li>Windows：双击文件 → 安装证书 → 本地计算机 → 受信任的根证书颁发机构。</li>"
    "<li>macOS：双击文件加入“系统”钥匙串，再设为“始终信任”。</li></ul>"
    "<p>只安装由本单位管理员亲手告知的证书。</p><hr><h1>Trust this server</h1>"
    "<p>This server encrypts with a certificate of its own making. Install the root certificate "
    "once on each phone or computer; the warning goes away, and camera and microphone work.</p>"
    "<p><a href=\"/trust/authority.crt\">Download authority.crt</a></p><ul>"
    "<li>Android: Settings, Security, Encryption and credentials, Install a certificate, CA "
    "certificate.</li><li>iPhone: install the downloaded profile, then turn it on under Settings, "
    "General, About, Certificate Trust Settings.</li><li>Windows: open the file, Install "
    "Certificate, Local Machine, Trusted Root Certification Authorities.</li><li>macOS: add the "
    "file to the System keychain and set it to Always Trust.</li></ul>"
    "<p>Install only a certificate that your own admin has told you about in person.</p></html>";

static bool trust_answer(struct str path, struct net_plan *plan)
{
    bool is_file = str_equal(path, S("/trust/authority.crt"));
    if (!authority_pem.len || (!is_file && !str_equal(path, S("/trust"))))
        return false;
    plan->kind = NET_ANSWER;
    plan->answer = (struct net_answer){
        .status = 200,
        .type = is_file ? S("application/x-x509-ca-cert") : S("text/html; charset=utf-8"),
        .headers = S(SAFETY ASK),
        .body = is_file ? authority_pem : str_from(trust_page),
        .is_static = true,
    };
    return true;
}

bool pages_answer(const struct net_request *head, struct net_plan *plan)
{
    const struct asset *asset = NULL;
    for (size_t i = 0; i < asset_count && !asset; i++)
        if (str_equal(head->path, str_from(assets[i].path)))
            asset = &assets[i];
    if (!asset)
        return trust_answer(head->path, plan);
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
