/* trust: keys and certificates made with OpenSSL: an authority for ten years, a certificate for 397
 * days (browsers take no longer ones), both on P-256. */
#include "main/trust.h"
#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AUTHORITY_DAYS = 3650, CERTIFICATE_DAYS = 397, RENEW_DAYS = 30, LONGEST_NAMES = 4000 };

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

static void pair_free(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
    *pair = (struct pair){0};
}

/* ---- files --------------------------------------------------------------------------------- */

static FILE *open_secret(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return file < 0 ? NULL : fdopen(file, "w");
}

static bool write_pair(const struct pair *pair, const X509 *above, const char *certificate_path,
                       const char *key_path)
{
    FILE *key = open_secret(key_path);
    bool is_good = key && PEM_write_PrivateKey(key, pair->key, NULL, NULL, 0, NULL, NULL);
    if (key)
        is_good = fclose(key) == 0 && is_good;
    FILE *certificate = is_good ? fopen(certificate_path, "we") : NULL;
    is_good = certificate && PEM_write_X509(certificate, pair->certificate) &&
              (!above || PEM_write_X509(certificate, above));
    if (certificate)
        is_good = fclose(certificate) == 0 && is_good;
    return is_good;
}

static bool read_pair(struct pair *pair, const char *certificate_path, const char *key_path)
{
    FILE *key = fopen(key_path, "re"), *certificate = fopen(certificate_path, "re");
    if (key)
        pair->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    if (certificate)
        pair->certificate = PEM_read_X509(certificate, NULL, NULL, NULL);
    if (key)
        fclose(key);
    if (certificate)
        fclose(certificate);
    if (pair->key && pair->certificate)
        return true;
    pair_free(pair);
    return false;
}

/* ---- names --------------------------------------------------------------------------------- */

static void add_address(struct buf *names, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    const void *bytes = NULL;
    if (address && address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (address && address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes && inet_ntop(address->sa_family, bytes, text, sizeof text) &&
        !str_starts(str_from(text), S("fe80")) && !str_equal(str_from(text), S("127.0.0.1")) &&
        !str_equal(str_from(text), S("::1")))
        buf_printf(names, ",IP:%s", text);
}

/* "DNS:localhost,IP:127.0.0.1,…": everything by which this machine may be called. */
static struct str machine_names(struct arena *arena)
{
    struct buf names = buf_new(LONGEST_NAMES);
    buf_add(&names, S("DNS:localhost,IP:127.0.0.1,IP:::1"));
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) == 0 && *host)
        buf_printf(&names, ",DNS:%s", host);
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) == 0)
        for (struct ifaddrs *one = all; one; one = one->ifa_next)
            if (one->ifa_flags & IFF_UP)
                add_address(&names, one->ifa_addr);
    freeifaddrs(all);
    struct str text = arena_copy(arena, buf_str(&names));
    buf_free(&names);
    return text;
}

/* ---- certificates -------------------------------------------------------------------------- */

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool is_good = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return is_good;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number =
        RAND_bytes(bytes, sizeof bytes) == 1 ? BN_bin2bn(bytes, sizeof bytes, NULL) : NULL;
    bool is_good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return is_good;
}

/* A key and an unsigned certificate with a name and a life of `days`. */
static bool begin_pair(struct pair *pair, const char *name, int days)
{
    pair->key = EVP_EC_gen("P-256");
    pair->certificate = X509_new();
    if (!pair->key || !pair->certificate || !set_serial(pair->certificate))
        return false;
    X509_set_version(pair->certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(pair->certificate), -3600);
    X509_time_adj_ex(X509_getm_notAfter(pair->certificate), days, 0, NULL);
    X509_set_pubkey(pair->certificate, pair->key);
    X509_NAME *subject = X509_get_subject_name(pair->certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                      -1, 0);
}

static bool make_authority(struct pair *made)
{
    char host[200] = "";
    gethostname(host, sizeof host - 1);
    char name[260];
    snprintf(name, sizeof name, "Carillon at %.200s", host);
    X509 *own = begin_pair(made, name, AUTHORITY_DAYS) ? made->certificate : NULL;
    return own && X509_set_issuer_name(own, X509_get_subject_name(own)) &&
           add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(own, own, NID_subject_key_identifier, "hash") &&
           X509_sign(own, made->key, EVP_sha256());
}

static bool make_certificate(struct pair *made, const struct pair *authority, struct str names)
{
    X509 *own = begin_pair(made, "Carillon", CERTIFICATE_DAYS) ? made->certificate : NULL;
    return own && X509_set_issuer_name(own, X509_get_subject_name(authority->certificate)) &&
           add_extension(own, authority->certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(own, authority->certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(own, authority->certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(own, authority->certificate, NID_subject_alt_name, names.ptr) &&
           X509_sign(own, authority->key, EVP_sha256());
}

/* Is the stored certificate of this authority, long enough valid, and for today's names? The names
 * are kept beside it as they were asked for. */
static bool still_serves(const struct pair *stored, const struct pair *authority, struct str names,
                         const char *names_path)
{
    char text[LONGEST_NAMES] = "";
    FILE *file = fopen(names_path, "re");
    if (!file)
        return false;
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    int days = 0, seconds = 0;
    return str_equal(str_of(text, len), names) &&
           X509_verify(stored->certificate, authority->key) == 1 &&
           ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(stored->certificate)) &&
           days > RENEW_DAYS;
}

static bool write_names(const char *path, struct str names)
{
    FILE *file = fopen(path, "we");
    bool is_good = file && fwrite(names.ptr, 1, names.len, file) == names.len;
    return file && fclose(file) == 0 && is_good;
}

/* ---- the two together ---------------------------------------------------------------------- */

static struct str path_in(struct arena *arena, struct str data, const char *name)
{
    return arena_printf(arena, "%.*s/tls/%s", STR_ARG(data), name);
}

static bool make_directory(struct arena *arena, struct str data)
{
    struct str directory = arena_printf(arena, "%.*s/tls", STR_ARG(data));
    mkdir(arena_copy(arena, data).ptr, 0700);
    return mkdir(directory.ptr, 0700) == 0 || errno == EEXIST;
}

static bool have_authority(struct pair *authority, struct str data, struct arena *arena)
{
    struct str certificate = path_in(arena, data, "authority.crt");
    struct str key = path_in(arena, data, "authority.key");
    if (read_pair(authority, certificate.ptr, key.ptr))
        return true;
    return make_authority(authority) && write_pair(authority, NULL, certificate.ptr, key.ptr);
}

static bool have_certificate(const struct pair *authority, struct str certificate, struct str key,
                             struct str names_path, struct arena *arena)
{
    struct pair own = {0};
    struct str names = machine_names(arena);
    bool is_good = read_pair(&own, certificate.ptr, key.ptr) &&
                   still_serves(&own, authority, names, names_path.ptr);
    if (!is_good) {
        pair_free(&own);
        is_good = make_certificate(&own, authority, names) &&
                  write_pair(&own, authority->certificate, certificate.ptr, key.ptr) &&
                  write_names(names_path.ptr, names);
    }
    pair_free(&own);
    return is_good;
}

bool trust_make(struct str data, struct arena *arena, struct str *certificate, struct str *key,
                struct str *error)
{
    *certificate = path_in(arena, data, "server.crt");
    *key = path_in(arena, data, "server.key");
    struct pair authority = {0};
    bool is_good = make_directory(arena, data) && have_authority(&authority, data, arena) &&
                   have_certificate(&authority, *certificate, *key,
                                    path_in(arena, data, "server.names"), arena);
    pair_free(&authority);
    if (!is_good)
        *error = arena_printf(arena, "cannot make certificates in %.*s/tls", STR_ARG(data));
    return is_good;
}

struct str trust_authority(struct str data, struct arena *arena)
{
    FILE *file = fopen(path_in(arena, data, "authority.crt").ptr, "re");
    if (!file)
        return S("");
    char *text = arena_alloc(arena, LONGEST_NAMES);
    size_t len = fread(text, 1, LONGEST_NAMES - 1, file);
    fclose(file);
    return str_of(text, len);
}
