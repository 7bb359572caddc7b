/* Units of net: TLS, how a gateway begins and ends, and its limits. */
#include "net/gateway_test.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>

/* ---- tls ----------------------------------------------------------------------------------- */

static void make_certificate(char *certificate, char *key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    must(pair && x509);
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    must(X509_sign(x509, pair, EVP_sha256()) > 0);
    FILE *file = fopen(certificate, "w");
    must(file && PEM_write_X509(file, x509) == 1 && fclose(file) == 0);
    file = fopen(key, "w");
    must(file && PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL) == 1 &&
         fclose(file) == 0);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

static void tls(void)
{
    char certificate[96], key[96];
    snprintf(certificate, sizeof certificate, "%s/certificate.pem", world.directory);
    snprintf(key, sizeof key, "%s/key.pem", world.directory);
    make_certificate(certificate, key);
    open_world((struct net_settings){
        .threads = 2, .certificate_file = str_from(certificate), .key_file = str_from(key)});
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    must(context);
    SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\x02h2\x08http/1.1", 12);
    struct client client = dial();
    client.tls = SSL_new(context);
    SSL_set_fd(client.tls, client.fd);
    CHECK(SSL_connect(client.tls) == 1);
    CHECK(strcmp(SSL_get_cipher(client.tls), "TLS_AES_128_GCM_SHA256") == 0);
    const unsigned char *protocol = NULL;
    unsigned protocol_len = 0;
    SSL_get0_alpn_selected(client.tls, &protocol, &protocol_len);
    CHECK(protocol_len == 8 && memcmp(protocol, "http/1.1", 8) == 0);
    CHECK(str_equal(ask(&client, "POST /echo HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi").body,
                    S("hi")));
    files(&client);
    CHECK(ask(&client, "GET /close HTTP/1.1\r\n" H "\r\n").status == 200 && has_ended(&client));
    hang_up(&client);
    struct arena *arena = arena_new();
    struct str error = {0};
    CHECK(net_reload(world.net, arena, &error));
    arena_free(arena);
    client = dial_socket_with(11, context, "");
    echo(&client);
    publish(2011, "over tls");
    CHECK(hears(&client, S("over tls")));
    hang_up(&client);
    /* Plain text to a TLS port, and the other way round nothing to be had. */
    client = dial();
    say(&client, S("GET / HTTP/1.1\r\n" H "\r\n"));
    CHECK(has_ended(&client));
    hang_up(&client);
    SSL_CTX_free(context);
    net_close(world.net);
    unlink(certificate);
    unlink(key);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void *answer_later(void *argument)
{
    (void)argument;
    usleep(100000);
    pthread_mutex_lock(&world.lock);
    struct net_peer peer = world.slow;
    pthread_mutex_unlock(&world.lock);
    net_answer(world.net, peer, &(struct net_answer){.status = 200, .body = S("at last")});
    return NULL;
}

static void draining(void)
{
    open_world((struct net_settings){.threads = 2});
    struct client idle = dial(), slow = dial(), socket = dial_socket(12);
    CHECK(ask(&idle, "GET /echo HTTP/1.1\r\n" H "\r\n").status == 200);
    say(&slow, S("GET /slow HTTP/1.1\r\n" H "\r\n"));
    for (bool is_there = false; !is_there; usleep(1000)) {
        pthread_mutex_lock(&world.lock);
        is_there = world.has_slow;
        pthread_mutex_unlock(&world.lock);
    }
    pthread_t later;
    must(pthread_create(&later, NULL, answer_later, NULL) == 0);
    int64_t begin = time_monotonic_ns();
    net_drain(world.net, 1000);
    CHECK(time_monotonic_ns() - begin > 90 * 1000000);
    pthread_join(later, NULL);
    struct reply reply = read_reply(&slow);
    CHECK(reply.status == 200 && str_equal(reply.body, S("at last")));
    CHECK(str_equal(field_of(reply.head, "connection"), S("close")));
    CHECK(has_ended(&idle) && idle.in.len == 0);
    CHECK(hears_close(&socket) == 1012);
    net_close(world.net);
    CHECK(atomic_load(&world.closed) == 1 && atomic_load(&world.closed_tag) == 12);
    hang_up(&idle);
    hang_up(&slow);
    hang_up(&socket);
}

/* Everything is in flight when the gateway closes; nothing may leak. */
static void closing(void)
{
    open_world((struct net_settings){.threads = 2});
    struct client socket = dial_socket(13), slow = dial(), half = dial(), file = dial();
    say(&slow, S("GET /slow HTTP/1.1\r\n" H "\r\n"));
    say(&half, S("POST /hold HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nabc"));
    say(&file, S("GET /file HTTP/1.1\r\n" H "\r\n"));
    usleep(50000);
    publish(1000, "on the way");
    net_close(world.net);
    CHECK(atomic_load(&world.closed) == 1 && atomic_load(&world.broken) == 1);
    hang_up(&socket);
    hang_up(&slow);
    hang_up(&half);
    hang_up(&file);
}

static void timeouts(void)
{
    open_world((struct net_settings){.threads = 1,
                                     .head_seconds = 1,
                                     .body_idle_seconds = 1,
                                     .keep_alive_seconds = 1,
                                     .ping_seconds = 1});
    struct client head = dial(), body = dial(), idle = dial(), socket = dial_socket(14);
    say(&head, S("GET / HT"));
    say(&body, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc"));
    CHECK(hear_frame(&socket).first == 0x89);
    CHECK(read_reply(&head).status == 408 && read_reply(&body).status == 408);
    CHECK(has_ended(&idle) && idle.in.len == 0);
    CHECK(hear_frame(&socket).first == -1);
    hang_up(&head);
    hang_up(&body);
    hang_up(&idle);
    hang_up(&socket);
    net_close(world.net);
}

/* The ceilings of the gateway as a whole. */
static void ceilings(void)
{
    open_world((struct net_settings){.threads = 1, .body_bytes = 1000, .connections = 2});
    struct client first = dial(), second = dial();
    CHECK(ask(&second, "GET /echo HTTP/1.1\r\n" H "\r\n").status == 200);
    say(&first, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 900\r\n\r\n"));
    static const char text[900];
    say(&first, str_of(text, 800));
    usleep(20000);
    say(&second, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 300\r\n\r\n"));
    say(&second, str_of(text, 300));
    CHECK(read_reply(&second).status == 503);
    struct client third = dial();
    CHECK(read_reply(&third).status == 503 && has_ended(&third));
    say(&first, str_of(text, 100));
    CHECK(read_reply(&first).body.len == 900);
    CHECK(has_ended(&second));
    hang_up(&second);
    hang_up(&third);
    CHECK(ask(&first, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx").status == 200);
    hang_up(&first);
    net_close(world.net);
}

/* ---- descriptors that run out --------------------------------------------------------------- */

enum { KNOCKING = 6, LET_IN = 3 };

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int lines_of(const char *path, const char *event)
{
    char line[1000];
    int count = 0;
    FILE *file = fopen(path, "re");
    must(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, event) != NULL;
    fclose(file);
    return count;
}

/* The lowest descriptor from which on all are free. */
static rlim_t first_free(void)
{
    rlim_t last = 0;
    for (int fd = 0; fd < 1000; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            last = (rlim_t)fd;
    return last + 1;
}

static void out_of_descriptors(void)
{
    open_world((struct net_settings){.threads = 1});
    struct client clients[KNOCKING];
    for (int i = 0; i < KNOCKING; i++)
        clients[i] = client_new();
    int kept = dup(STDERR_FILENO), log = open(world.upload, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int holes; (holes = dup(log)) >= 0 && (rlim_t)holes < first_free() - 1;)
        continue; /* what was closed below the last one is filled */
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = first_free() + LET_IN;
    must(dup2(log, STDERR_FILENO) == STDERR_FILENO && setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int i = 0; i < KNOCKING; i++) {
        connect_client(&clients[i]);
        say(&clients[i], S("GET /echo HTTP/1.1\r\n" H "\r\n"));
    }
    for (int i = 0; i < LET_IN; i++)
        CHECK(read_reply(&clients[i]).status == 200);
    double began = cpu_seconds();
    usleep(2500000);
    CHECK(cpu_seconds() - began < 0.5);
    for (int i = LET_IN; i < KNOCKING; i++) {
        char byte;
        CHECK(recv(clients[i].fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    }
    for (int i = 0; i < LET_IN; i++)
        hang_up(&clients[i]);
    for (int i = LET_IN; i < KNOCKING; i++)
        CHECK(read_reply(&clients[i]).status == 200);
    setrlimit(RLIMIT_NOFILE, &before);
    dup2(kept, STDERR_FILENO);
    CHECK(lines_of(world.upload, "accepting-paused") == 1);
    CHECK(lines_of(world.upload, "accepting-again") == 1);
    for (int i = LET_IN; i < KNOCKING; i++)
        hang_up(&clients[i]);
    net_close(world.net);
}

/* ---- all ----------------------------------------------------------------------------------- */

static void taken_address(void)
{
    struct arena *arena = arena_new();
    struct str error = {0};
    struct net_settings settings = {
        .host = S("127.0.0.1"), .port = net_port(world.net), .threads = 1};
    struct net_handler handler = {0};
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    settings.host = S("nowhere");
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    settings.certificate_file = S("/nonexistent");
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    arena_free(arena);
}

int main(void)
{
    make_files();
    open_world((struct net_settings){.threads = 2});
    taken_address();
    net_close(world.net);
    tls();
    draining();
    closing();
    timeouts();
    ceilings();
    out_of_descriptors();
    remove_files();
    return unit_end("net life");
}
