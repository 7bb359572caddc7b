/* tls: OpenSSL directly on the descriptor. TLS 1.2 and 1.3, AES-128-GCM first, tickets instead of a
 * session cache, buffers given back between records. */
#include "net/inner.h"

#include <errno.h>
#include <openssl/err.h>

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *argument)
{
    (void)ssl;
    (void)argument;
    static const unsigned char ours[] = "\x08http/1.1";
    for (unsigned at = 0; at + in[at] < in_len; at += in[at] + 1u)
        if (in[at] == ours[0] && memcmp(in + at + 1, ours + 1, ours[0]) == 0) {
            *out = in + at + 1;
            *out_len = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool configure(SSL_CTX *context)
{
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    static const unsigned char name[] = "carillon";
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1 &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                             "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

SSL_CTX *tls_context(const char *certificate_file, const char *key_file, struct arena *arena,
                     struct str *error)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    must(context);
    const char *what = NULL;
    if (!configure(context))
        what = "cannot set up TLS";
    else if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
        what = "cannot read the certificate";
    else if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        what = "cannot read the key";
    else if (SSL_CTX_check_private_key(context) != 1)
        what = "the key does not belong to the certificate";
    if (!what)
        return context;
    char reason[200];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    *error = arena_printf(arena, "%s (%s, %s): %s", what, certificate_file, key_file, reason);
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

SSL *tls_accept(struct net *net, int fd)
{
    if (!net->settings.certificate_file.len)
        return NULL;
    pthread_mutex_lock(&net->lock);
    SSL *ssl = SSL_new(net->tls); /* holds the context from here on */
    pthread_mutex_unlock(&net->lock);
    must(ssl);
    must(SSL_set_fd(ssl, fd) == 1);
    SSL_set_accept_state(ssl);
    return ssl;
}

/* What OpenSSL's refusal means in the words of recv and send. */
static ssize_t translate(struct connection *c, int result)
{
    int reason = SSL_get_error(c->tls, result);
    ERR_clear_error();
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    if (reason == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = EPIPE;
    return -1;
}

ssize_t tls_read(struct connection *c, char *out, size_t room)
{
    ERR_clear_error();
    int got = SSL_read(c->tls, out, (int)room);
    c->is_shaken = c->is_shaken || SSL_is_init_finished(c->tls);
    if (got > 0)
        return got;
    ssize_t result = translate(c, got);
    c->wants_tls_write = result < 0 && errno == EAGAIN && SSL_want_write(c->tls);
    return result;
}

ssize_t tls_write(struct connection *c, const char *bytes, size_t len)
{
    ERR_clear_error();
    int sent = SSL_write(c->tls, bytes, (int)len);
    if (sent > 0)
        return sent;
    ssize_t result = translate(c, sent);
    if (result == 0) {
        errno = EPIPE;
        result = -1;
    }
    return result;
}

void tls_shut(struct connection *c)
{
    if (!c->tls || !c->is_shaken)
        return;
    ERR_clear_error();
    SSL_shutdown(c->tls);
    ERR_clear_error();
}
