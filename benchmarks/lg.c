/*
 * lg: a load generator for Socket.IO v4 servers (Engine.IO protocol 4), one thread, one epoll.
 *
 * It must never be what is measured, so it does as little as it can per packet: it looks at the
 * first bytes of a frame and counts, and it parses JSON nowhere. Every result is one JSON line on
 * stdout that also says `gen_cpu`, the share of its own core that it used: above 0.95 the figure is
 * what the generator could take, a lower bound of what the server could give.
 *
 *   lg --mode broadcast --port 3000 --tokens tokens.txt --clients 1000 --outstanding 32
 *
 * `lg --help` names the modes. A mode that has to be watched from outside (hold, vanish, stall)
 * prints a line, goes on answering pings, and waits for Enter before each next step.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- settings */

enum dialect { PLAIN, CONVERSATIONS };

static struct {
    const char *mode, *tokens;
    int port, other, clients, concurrency, outstanding, content, leave, megabytes, watch;
    double seconds, warmup, rate;
    bool deflate;
    enum dialect dialect;
} opt = {
    .mode = "broadcast", .tokens = "tokens.txt", .port = 3000, .clients = 100, .concurrency = 64,
    .outstanding = 1, .content = 60, .megabytes = 60, .seconds = 5, .warmup = 1,
};

static char **tokens; /* line i is the token of user u<i> */
static int token_count;
static char *content; /* the text of every message, `opt.content` bytes */

static void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("{\"error\":\"", stdout);
    vprintf(format, args);
    puts("\"}");
    va_end(args);
    exit(1);
}

/* ------------------------------------------------------ time and latencies */

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double cpu_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* CPU time of the server with all its threads, if we were told which process it is. */
static double server_cpu_seconds(void) {
    glob_t threads;
    char pattern[64], line[128];
    double nanoseconds = 0;
    if (!opt.watch) return 0;
    snprintf(pattern, sizeof pattern, "/proc/%d/task/*/schedstat", opt.watch);
    if (glob(pattern, 0, NULL, &threads)) return 0;
    for (size_t i = 0; i < threads.gl_pathc; i++) {
        FILE *file = fopen(threads.gl_pathv[i], "r");
        if (!file) continue; /* this thread has just ended */
        if (fgets(line, sizeof line, file)) nanoseconds += strtod(line, NULL);
        fclose(file);
    }
    globfree(&threads);
    return nanoseconds / 1e9;
}

/* Exact to 1 us below 1 ms, to 10 us below 100 ms, to 1 ms up to 100 s. */
struct histogram {
    uint32_t fine[1000], middle[10000], coarse[100000];
    uint64_t count;
    int64_t longest;
};
static struct histogram delivery_times, ack_times, connect_times;

static void record(struct histogram *h, int64_t us) {
    if (us < 0) us = 0;
    h->count++;
    if (us > h->longest) h->longest = us;
    if (us < 1000) h->fine[us]++;
    else if (us < 100000) h->middle[us / 10]++;
    else h->coarse[us < 100000000 ? us / 1000 : 99999]++;
}

static int64_t quantile(const struct histogram *h, double q) {
    uint64_t wanted = (uint64_t)(h->count * q), seen = 0;
    for (int i = 0; i < 1000; i++)
        if ((seen += h->fine[i]) > wanted) return i;
    for (int i = 0; i < 10000; i++)
        if ((seen += h->middle[i]) > wanted) return i * 10;
    for (int i = 0; i < 100000; i++)
        if ((seen += h->coarse[i]) > wanted) return (int64_t)i * 1000;
    return h->longest;
}

/* ----------------------------------------------------------------- clients */

enum step {
    CLOSED,
    UPGRADING,  /* the HTTP request is sent */
    OPENING,    /* waiting for Engine.IO's open packet */
    CONNECTING, /* the token is sent, waiting for Socket.IO's CONNECT */
    WAITING,    /* connected, its partner is not yet */
    GREETING,   /* waiting for the ack that names the conversation */
    JOINING,    /* waiting for the ack of the join */
    READY,
};

/* A polling session has two connections, as a browser has: one always waits in a GET. */
enum channel { WEBSOCKET, POLL_GET, POLL_POST };

#define RING 1024 /* send times kept per client; never more messages than that are under way */

struct client {
    int fd, index, token;
    enum channel channel;
    enum step step;
    uint8_t *rest; /* the beginning of a frame whose end has not arrived */
    int rest_length, rest_capacity;
    int64_t dialled_at;
    uint32_t sent;
    uint32_t received; /* broadcasts so far: they arrive in order, so this numbers them */
    int64_t *sent_at;
    char conversation[64];
    struct client *post; /* polling: the connection that posts (owned by the one that gets) */
    char sid[64];
    bool posting, pong_due, got_ack, got_message;
};

static struct client *clients;
static int client_total; /* all of them, publisher and stalled reader included */
static struct client *publisher, *stalled;
static int epoll_fd, timer_fd;

static int ready, unready; /* clients that are READY / on their way there */
static int failed, lost;   /* never got there / were closed by the server later */
static int64_t deliveries, acks, published;
static bool running, measuring;
static int64_t heard_at; /* when the last bytes came in */

#define PUBLISHED_RING (1 << 20)
static int64_t *published_at;
static int64_t first_measured; /* number of the first broadcast whose latency counts */

static void on_connected(struct client *c);
static void on_ready(struct client *c);

/* ----------------------------------------------------------------- sockets */

static void watch(int fd, struct client *c) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void close_client(struct client *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->step = CLOSED;
    c->rest_length = 0;
}

static void give_up(struct client *c, const char *why) {
    if (c->step == READY) lost++;
    else failed++, unready--;
    if (failed + lost <= 3) fprintf(stderr, "lg: client %d: %s\n", c->index, why);
    close_client(c);
}

/* A full send buffer is waited out: the servers read all the time, or they are broken. */
static void send_all(struct client *c, const void *data, int length) {
    const char *at = data;
    while (length > 0) {
        int n = send(c->fd, at, length, MSG_NOSIGNAL);
        if (n > 0) {
            at += n, length -= n;
            continue;
        }
        struct pollfd writable = {.fd = c->fd, .events = POLLOUT};
        if (n < 0 && errno == EAGAIN && poll(&writable, 1, 5000) == 1) continue;
        return; /* the read side will notice what happened */
    }
}

/*
 * Source addresses are spread over 127.0.0.2 to .33, because one address has 28 000 ports and each
 * of our closes blocks one for a minute (TIME_WAIT).
 */
static int connected_socket(int index) {
    static unsigned dials;
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0) die("socket: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    int small = 4096;
    if (stalled && index == stalled->index)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f000002 + dials++ % 32)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(index % 2 && opt.other ? opt.other : opt.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to))
        die("connect: %s", strerror(errno));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* ------------------------------------------------- WebSocket frames going out */

static void send_text(struct client *c, const char *text, int length) {
    static uint8_t frame[1 << 17];
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    if (length > (int)sizeof frame - 16) die("message of %d bytes is too long", length);
    int at = 0;
    frame[at++] = 0x81;
    if (length < 126) {
        frame[at++] = 0x80 | length;
    } else {
        bool wide = length > 0xffff;
        frame[at++] = 0x80 | (wide ? 127 : 126);
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
            frame[at++] = shift > 24 ? 0 : (uint8_t)(length >> shift);
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (int i = 0; i < length; i++) frame[at + i] = text[i] ^ mask[i & 3];
    send_all(c, frame, at + length);
}

static void post(struct client *c, const char *body, int length);

/* Sends one Engine.IO packet by whatever transport the client has. */
__attribute__((format(printf, 2, 3)))
static void say(struct client *c, const char *format, ...) {
    static char text[1 << 17];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->channel == WEBSOCKET) send_text(c, text, length);
    else post(c, text, length);
}

/* -------------------------------------------------------- HTTP going out */

#define BROWSER "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\n"

static void ask_for_upgrade(struct client *c) {
    char request[1024];
    int length = snprintf(request, sizeof request,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" BROWSER
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", opt.port,
        opt.deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                    : "");
    send_all(c, request, length);
}

static void get(struct client *c) {
    char request[512];
    int length = snprintf(request, sizeof request,
        "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" BROWSER
        "Connection: keep-alive\r\n\r\n", c->sid[0] ? "&sid=" : "", c->sid, opt.port);
    send_all(c, request, length);
}

static void post(struct client *c, const char *body, int length) {
    char request[8192];
    int head = snprintf(request, sizeof request,
        "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" BROWSER
        "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %d\r\n"
        "Connection: keep-alive\r\n\r\n", c->sid, opt.port, length);
    if (head + length > (int)sizeof request) die("message of %d bytes is too long", length);
    memcpy(request + head, body, length);
    c->posting = true;
    send_all(c->post, request, head + length);
}

static void dial(struct client *c) {
    c->dialled_at = now_us();
    c->fd = connected_socket(c->index);
    c->rest_length = 0;
    c->received = 0;
    c->sid[0] = 0;
    unready++;
    watch(c->fd, c);
    if (c->channel == WEBSOCKET) {
        c->step = UPGRADING;
        ask_for_upgrade(c);
    } else {
        c->post->fd = connected_socket(c->index);
        c->post->step = READY;
        watch(c->post->fd, c->post);
        c->step = OPENING;
        get(c);
    }
}

/* ---------------------------------------------------------------- messages */

static void publish(int64_t when) {
    published_at[published++ % PUBLISHED_RING] = when;
    say(publisher,
        "42[\"pub\",{\"id\":\"01JD3W5Z8Q4T7YB2K9N6M1XRCV\",\"conversation_id\":\"c1\","
        "\"sender_id\":\"u1\",\"content\":\"%s\",\"created_at\":\"2026-11-21T05:00:00.000Z\"}]",
        content);
}

/* The id of the message, `c-<client>-<number>-<run>`, is how its delivery is recognised. */
static void send_message(struct client *c, int64_t when) {
    uint32_t number = c->sent++;
    c->sent_at[number % RING] = when;
    if (opt.dialect == CONVERSATIONS)
        say(c, "42%u[\"message:send\",{\"conversationId\":\"%s\",\"content\":\"%s\","
               "\"clientId\":\"c-%d-%u-%d\"}]",
            number, c->conversation, content, c->index, number, getpid());
    else
        say(c, "42%u[\"message:send\",{\"to\":\"u%d\",\"content\":\"%s\","
               "\"client_id\":\"c-%d-%u-%d\"}]",
            number, c->channel == WEBSOCKET ? c->index ^ 1 : c->index, content, c->index, number,
            getpid());
}

/* ------------------------------------------------ a client's way to READY */

static struct client *partner(const struct client *c) { return &clients[c->index ^ 1]; }

/* The first message of a pair makes its conversation; both join when they know its name. */
static void greet(struct client *c) {
    c->step = GREETING;
    say(c, "42900000001[\"message:send\",{\"receiverId\":\"u%d\",\"content\":\"hello\","
           "\"clientId\":\"hello-%d-%d\"}]", partner(c)->index, c->index, getpid());
}

static void join_conversation(struct client *c, const char *id, int length) {
    snprintf(c->conversation, sizeof c->conversation, "%.*s", length, id);
    c->step = JOINING;
    say(c, "42900000002[\"join:conversation\",\"%s\"]", c->conversation);
}

static void on_greeting_acked(struct client *c, const char *packet, int length) {
    static const char key[] = "\"conversationId\":\"";
    const char *id = memmem(packet, length, key, sizeof key - 1);
    if (!id) die("the first message was refused");
    id += sizeof key - 1;
    int id_length = (int)((char *)memchr(id, '"', packet + length - id) - id);
    join_conversation(c, id, id_length);
    join_conversation(partner(c), id, id_length);
}

static void on_connected(struct client *c) {
    bool listens = !strcmp(opt.mode, "broadcast") || !strcmp(opt.mode, "stall");
    record(&connect_times, now_us() - c->dialled_at);
    if (opt.dialect == CONVERSATIONS) {
        c->step = WAITING;
        if (partner(c)->step == WAITING) greet(c);
    } else if (listens && c != publisher) {
        c->step = JOINING;
        say(c, "42900000002[\"join\",\"room1\"]");
    } else {
        on_ready(c);
    }
}

static void on_ready(struct client *c) {
    c->step = READY;
    unready--;
    ready++;
    if (c == stalled) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL); /* never reads again */
}

/* ------------------------------------------------------ packets coming in */

static void on_broadcast(struct client *c, int64_t now) {
    int64_t number = c->received++;
    deliveries++;
    if (measuring && number >= first_measured)
        record(&delivery_times, now - published_at[number % PUBLISHED_RING]);
}

static void on_message(struct client *c, const char *packet, int length, int64_t now) {
    const char *id = memmem(packet, length, "\"c-", 3);
    if (!id) return; /* a greeting, or an event that is none of ours */
    char *end;
    unsigned long sender = strtoul(id + 3, &end, 10), number = strtoul(end + 1, NULL, 10);
    if (sender >= (unsigned long)opt.clients) return;
    if ((int)sender == c->index && c->channel == WEBSOCKET) return; /* a room echoes its sender */
    c->got_message = true;
    deliveries++;
    if (measuring) record(&delivery_times, now - clients[sender].sent_at[number % RING]);
}

static void on_ack(struct client *c, const char *packet, int length, int64_t now) {
    if (c->step == GREETING) return on_greeting_acked(c, packet, length);
    if (c->step == JOINING) return on_ready(c);
    if (opt.dialect == CONVERSATIONS && memmem(packet, length, "\"success\":false", 15))
        die("a message was refused");
    c->got_ack = true;
    acks++;
    if (measuring) record(&ack_times, now - c->sent_at[strtoul(packet + 2, NULL, 10) % RING]);
    if (running && opt.rate == 0 && c->channel == WEBSOCKET) send_message(c, now);
}

static void on_packet(struct client *c, const char *packet, int length, int64_t now) {
    switch (packet[0]) {
    case '0':
        c->step = CONNECTING;
        say(c, "40{\"token\":\"%s\"}", tokens[c->token]);
        return;
    case '2':
        if (c->posting) c->pong_due = true;
        else say(c, "3");
        return;
    case '4':
        break;
    default:
        return;
    }
    char type = length > 1 ? packet[1] : 0;
    if (type == '2' && c->step == READY && publisher) on_broadcast(c, now);
    else if (type == '2' && c->step == READY) on_message(c, packet, length, now);
    else if (type == '3') on_ack(c, packet, length, now);
    else if (type == '0' && c->step == CONNECTING) on_connected(c);
    else if (type == '4') give_up(c, "refused (connect_error)");
}

/*
 * Compressed packets are not opened. Deflate is offered by `hold` alone, where each packet is what
 * was to come next.
 */
static void on_compressed(struct client *c) {
    static const char expected[][4] = {
        [OPENING] = "0", [CONNECTING] = "40", [JOINING] = "43", [READY] = "2"};
    on_packet(c, expected[c->step], 2, now_us());
}

/* Takes whole frames from the buffer; returns how many bytes they were. */
static int take_frames(struct client *c, uint8_t *data, int length, int64_t now) {
    int at = 0;
    while (length - at >= 2 && c->fd >= 0) {
        uint8_t *frame = data + at;
        int head = 2;
        uint64_t size = frame[1] & 127;
        if (size >= 126) {
            int bytes = size == 126 ? 2 : 8;
            if (length - at < (head += bytes)) break;
            size = 0;
            for (int i = 0; i < bytes; i++) size = size << 8 | frame[2 + i];
        }
        if ((uint64_t)(length - at) < head + size) break;
        at += head + (int)size;
        if ((frame[0] & 15) != 1 || !size) continue; /* only text carries packets here */
        if (frame[0] & 0x40) on_compressed(c);
        else on_packet(c, (char *)frame + head, (int)size, now);
    }
    return at;
}

/* ----------------------------------------------------- HTTP coming in */

static int take_upgrade(struct client *c, uint8_t *data, int length) {
    uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(data + 9, "101", 3)) {
        give_up(c, "no WebSocket (status is not 101)");
        return length;
    }
    c->step = OPENING;
    return (int)(end - data) + 4;
}

static void on_payload(struct client *c, char *body, int length, int64_t now) {
    if (c->step == OPENING) {
        char *sid = memmem(body, length, "\"sid\":\"", 7);
        if (!sid) die("no sid in the open packet");
        snprintf(c->sid, sizeof c->sid, "%.*s", (int)strcspn(sid + 7, "\""), sid + 7);
    }
    for (char *at = body, *end = body + length, *stop; at < end; at = stop + 1) {
        stop = memchr(at, 0x1e, end - at);
        if (!stop) stop = end;
        if (stop > at) on_packet(c, at, (int)(stop - at), now);
    }
    if (c->fd >= 0) get(c);
}

static void on_posted(struct client *c) {
    c->posting = false;
    if (!c->pong_due) return;
    c->pong_due = false;
    say(c, "3");
}

/* A round of polling is over when the ack, the message and the POST's answer are all here. */
static void next_round(struct client *c, int64_t now) {
    if (!running || !c->got_ack || !c->got_message || c->posting) return;
    c->got_ack = c->got_message = false;
    send_message(c, now);
}

static int take_responses(struct client *c, uint8_t *data, int length, int64_t now) {
    struct client *session = c->channel == POLL_GET ? c : &clients[c->index];
    int at = 0;
    for (;;) {
        char *head = (char *)data + at, *end = memmem(head, length - at, "\r\n\r\n", 4);
        if (!end) return at;
        *end = 0; /* so that the search below stops at the head's end */
        char *field = strcasestr(head, "content-length:");
        int size = field ? atoi(field + 15) : 0, whole = (int)(end + 4 - head) + size;
        bool fine = !memcmp(head + 9, "200", 3);
        *end = '\r';
        if (length - at < whole) return at;
        if (!fine) die("a poll was answered %.3s", head + 9);
        if (c->channel == POLL_GET) on_payload(session, end + 4, size, now);
        else on_posted(session);
        next_round(session, now);
        at += whole;
    }
}

/* --------------------------------------------------------- the event loop */

static void keep_rest(struct client *c, const uint8_t *data, int length) {
    if (length > c->rest_capacity) {
        c->rest = realloc(c->rest, length + 256);
        c->rest_capacity = length + 256;
    }
    memcpy(c->rest, data, length);
    c->rest_length = length;
}

/* All clients share one buffer; only the rest of a cut frame is copied aside. */
static void on_readable(struct client *c) {
    static uint8_t buffer[1 << 20];
    int length = c->rest_length;
    memcpy(buffer, c->rest ? c->rest : buffer, length);
    int n = recv(c->fd, buffer + length, sizeof buffer - length, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return give_up(c, n ? strerror(errno) : "closed by the server");
    length += n;
    int64_t now = heard_at = now_us();
    int at = 0;
    if (c->channel != WEBSOCKET) {
        at = take_responses(c, buffer, length, now);
    } else {
        if (c->step == UPGRADING) at = take_upgrade(c, buffer, length);
        if (c->step != UPGRADING && c->fd >= 0)
            at += take_frames(c, buffer + at, length - at, now);
    }
    if (c->fd >= 0) keep_rest(c, buffer + at, length - at);
}

static bool enter_pressed, timer_rang; /* set by turn() */

static void turn(int timeout_ms) {
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct client *c = events[i].data.ptr;
        uint64_t rings;
        char line[64];
        if (c == NULL) {
            enter_pressed = read(STDIN_FILENO, line, sizeof line) >= 0;
        } else if (c == (void *)&timer_fd) {
            timer_rang = read(timer_fd, &rings, sizeof rings) > 0;
        } else if (c->fd >= 0) {
            on_readable(c);
        }
    }
}

/* Lets whoever started us look at the server, until Enter or the end of the input. */
static void wait_for_enter(void) {
    fflush(stdout);
    watch(STDIN_FILENO, NULL);
    for (enter_pressed = false; !enter_pressed;) turn(1000);
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

static void turn_for(double seconds) {
    for (int64_t end = now_us() + (int64_t)(seconds * 1e6); now_us() < end;) turn(10);
}

static struct {
    int64_t start, acks, deliveries, published;
    double cpu, server_cpu;
} mark; /* where the counters stood when the measurement began */

/* Connects everyone, `concurrency` at a time; returns the seconds it took. */
static double connect_all(void) {
    int64_t start = now_us();
    mark.cpu = cpu_seconds();
    mark.server_cpu = server_cpu_seconds();
    /* a pair waits for each other, so both of a pair must be under way at once */
    int next = 0, limit = opt.concurrency + (opt.concurrency & 1);
    while (ready + failed < client_total) {
        while (next < client_total && unready < limit) dial(&clients[next++]);
        turn(50);
        if (failed > 20) die("%d clients failed to connect", failed);
        if (now_us() - start > 180000000) die("only %d clients connected in 180 s", ready);
    }
    if (failed) die("%d clients failed to connect", failed);
    return (now_us() - start) / 1e6;
}

/* ------------------------------------------------------------ measurements */

static void begin_measurement(void) {
    measuring = true;
    first_measured = published;
    mark.start = now_us();
    mark.acks = acks;
    mark.deliveries = deliveries;
    mark.published = published;
    mark.cpu = cpu_seconds();
    mark.server_cpu = server_cpu_seconds();
}

static double measured_seconds(void) { return (now_us() - mark.start) / 1e6; }

static void print_times(const char *name, const struct histogram *h) {
    if (!h->count) return;
    printf(",\"%s_p50_us\":%ld,\"%s_p99_us\":%ld,\"%s_max_us\":%ld", name, quantile(h, .5), name,
           quantile(h, .99), name, h->longest);
}

/* Ends the JSON object that the mode has begun to print. */
static void print_end(double seconds) {
    print_times("delivery", &delivery_times);
    print_times("ack", &ack_times);
    print_times("connect", &connect_times);
    printf(",\"gen_cpu\":%.3f,\"server_cpu\":%.3f,\"lost\":%d,\"failed\":%d}\n",
           (cpu_seconds() - mark.cpu) / seconds,
           (server_cpu_seconds() - mark.server_cpu) / seconds, lost, failed);
}

static void stop_if_broken(void) {
    if (lost > opt.clients / 10 || (publisher && publisher->fd < 0))
        die("%d clients were cut off by the server", lost);
}

/* Warms up, measures; `feed` keeps the load up between turns of the loop. */
static void run_load(void (*feed)(void)) {
    turn_for(0.3); /* what the connecting left behind */
    int64_t start = now_us(), end = start + (int64_t)((opt.warmup + opt.seconds) * 1e6);
    memset(&connect_times, 0, sizeof connect_times);
    running = true;
    for (int64_t now = start; now < end; now = now_us()) {
        if (!measuring && now - start >= opt.warmup * 1e6) begin_measurement();
        feed();
        stop_if_broken();
    }
}

/*
 * Calls `send` at the rate asked for. Each send counts from the moment when it was due, so that a
 * stalled server cannot hide its stall by holding up the generator.
 */
static void feed_at_rate(void (*send)(int64_t due)) {
    static int64_t first, count;
    if (!first) first = now_us();
    int64_t now = now_us(), due;
    while ((due = first + (int64_t)(count * 1e6 / opt.rate)) <= now) send(due), count++;
    int64_t wait = due - now;
    struct itimerspec timer = {.it_value = {wait / 1000000, wait % 1000000 * 1000}};
    timerfd_settime(timer_fd, 0, &timer, NULL);
    for (timer_rang = false; !timer_rang;) turn(100);
}

/* -------------------------------------------------------------------- modes */

static void feed_broadcast(void) {
    if (opt.rate > 0) return feed_at_rate(publish);
    while (published * opt.clients - deliveries <= (int64_t)(opt.outstanding - 1) * opt.clients)
        publish(now_us());
    turn(1);
}

static void run_broadcast(void) {
    connect_all();
    run_load(feed_broadcast);
    double seconds = measured_seconds();
    printf("{\"mode\":\"broadcast\",\"deliveries\":%.0f,\"publishes\":%.1f,\"backlog\":%ld",
           (deliveries - mark.deliveries) / seconds, (published - mark.published) / seconds,
           published * opt.clients - deliveries);
    print_end(seconds);
}

static void send_next_in_turn(int64_t due) {
    static int next;
    send_message(&clients[next++ % opt.clients], due);
}

static void feed_pairs(void) {
    if (opt.rate > 0) return feed_at_rate(send_next_in_turn);
    if (!acks && !clients[0].sent) /* each client's ack sends its next */
        for (int i = 0; i < opt.clients; i++)
            for (int n = 0; n < opt.outstanding; n++) send_message(&clients[i], now_us());
    turn(1);
}

static void run_pairs(void) {
    connect_all();
    run_load(feed_pairs);
    double seconds = measured_seconds();
    int64_t sent = 0;
    for (int i = 0; i < opt.clients; i++) sent += clients[i].sent;
    printf("{\"mode\":\"%s\",\"acks\":%.0f,\"deliveries\":%.0f,\"backlog\":%ld", opt.mode,
           (acks - mark.acks) / seconds, (deliveries - mark.deliveries) / seconds, sent - acks);
    print_end(seconds);
}

static void print_connected(const char *mode, double seconds) {
    printf("{\"mode\":\"%s\",\"clients\":%d,\"seconds\":%.3f,\"connects\":%.0f", mode, ready,
           seconds, ready / seconds);
    print_end(seconds);
}

static void run_hold(void) {
    print_connected("hold", connect_all());
    wait_for_enter();
    for (int i = 0; i < opt.leave; i++) close_client(&clients[i]);
    if (!opt.leave) return;
    printf("{\"left\":%d}\n", opt.leave);
    wait_for_enter();
}

/* Everyone closes in one go; then one client after the other connects and is timed. */
static void run_vanish(void) {
    struct client *probe = &clients[client_total - 1];
    print_connected("vanish", connect_all());
    wait_for_enter();
    memset(&connect_times, 0, sizeof connect_times);
    for (int i = 0; i < client_total; i++) close_client(&clients[i]);
    begin_measurement();
    while (measured_seconds() < opt.seconds) {
        dial(probe);
        while (probe->step != READY && probe->step != CLOSED) turn(100);
        if (probe->step == CLOSED) die("a new client was refused");
        close_client(probe);
    }
    printf("{\"mode\":\"vanish\",\"probes\":%ld", (long)connect_times.count);
    print_end(measured_seconds());
}

/* Everyone goes; then all come back, evenly over --seconds, and hear who else has. */
static void run_return(void) {
    print_connected("return", connect_all());
    wait_for_enter();
    for (int i = 0; i < client_total; i++) close_client(&clients[i]);
    printf("{\"left\":%d}\n", client_total);
    wait_for_enter();
    memset(&connect_times, 0, sizeof connect_times);
    begin_measurement();
    ready = 0;
    for (int next = 0; ready + failed < client_total;) {
        double due = client_total * measured_seconds() / opt.seconds;
        while (next < client_total && next < due) dial(&clients[next++]);
        turn(1);
        if (measured_seconds() > 180) die("only %d clients came back in 180 s", ready);
    }
    while (now_us() - heard_at < 1000000) turn(100);
    if (failed || lost) die("%d clients were refused, %d lost", failed, lost);
    double seconds = (heard_at - mark.start) / 1e6;
    printf("{\"mode\":\"return\",\"clients\":%d,\"seconds\":%.3f", ready, seconds);
    print_end(seconds);
}

static void run_churn(void) {
    int64_t begun = now_us(), connects_before = 0;
    while (!measuring || measured_seconds() < opt.seconds) {
        for (int i = 0; i < client_total; i++) {
            struct client *c = &clients[i];
            if (c->step == READY) close_client(c);
            if (c->step != CLOSED) continue;
            c->token = (c->token + client_total) % token_count;
            dial(c);
        }
        turn(10);
        if (failed > 20) die("%d clients failed to connect", failed);
        if (!measuring && now_us() - begun > opt.warmup * 1e6) {
            begin_measurement();
            connects_before = ready;
            memset(&connect_times, 0, sizeof connect_times);
        }
    }
    double seconds = measured_seconds();
    printf("{\"mode\":\"churn\",\"connects\":%.0f", (ready - connects_before) / seconds);
    print_end(seconds);
}

static void run_stall(void) {
    print_connected("stall", connect_all());
    wait_for_enter();
    int64_t total = (int64_t)opt.megabytes * 1000000 / opt.content;
    int64_t begun = now_us();
    running = true;
    while (deliveries < total * opt.clients) {
        while (published < total && published - deliveries / opt.clients < opt.outstanding)
            publish(now_us());
        turn(10);
        stop_if_broken();
        if (now_us() - begun > 60000000) die("the broadcasts did not arrive in 60 s");
    }
    printf("{\"mode\":\"stall\",\"broadcasts\":%ld,\"seconds\":%.2f}\n", published,
           (now_us() - begun) / 1e6);
    wait_for_enter();
}

static const struct mode {
    const char *name, *what;
    void (*run)(void);
} modes[] = {
    {"broadcast", "one publisher, a room of --clients, --outstanding broadcasts under way", run_broadcast},
    {"pairs", "every client sends to its partner, the ack sends the next (or --rate)", run_pairs},
    {"polling", "every client posts to itself; ack and message come back by GET", run_pairs},
    {"hold", "connect --clients, wait; then --leave of them go, wait", run_hold},
    {"churn", "--clients connect and disconnect for ever", run_churn},
    {"vanish", "--clients connect and go at once; how long do new ones take then?", run_vanish},
    {"return", "--clients connect, go, and come back over --seconds; until all is quiet", run_return},
    {"stall", "--megabytes broadcast to --clients and to one that never reads", run_stall},
};

/* --------------------------------------------------------------------- main */

static void read_tokens(void) {
    FILE *file = fopen(opt.tokens, "r");
    if (!file) die("cannot read %s", opt.tokens);
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        tokens = realloc(tokens, (token_count + 1) * sizeof *tokens);
        tokens[token_count++] = strdup(line);
    }
    fclose(file);
    if (!token_count) die("%s is empty", opt.tokens);
}

static void make_clients(void) {
    bool broadcast = !strcmp(opt.mode, "broadcast"), stall = !strcmp(opt.mode, "stall");
    bool polling = !strcmp(opt.mode, "polling");
    client_total = opt.clients + broadcast + 2 * stall;
    clients = calloc(client_total, sizeof *clients);
    struct client *posts = polling ? calloc(client_total, sizeof *posts) : NULL;
    for (int i = 0; i < client_total; i++) {
        struct client *c = &clients[i];
        *c = (struct client){.fd = -1, .index = i, .token = i % token_count};
        if (!broadcast && !stall) c->sent_at = calloc(RING, sizeof *c->sent_at);
        if (!polling) continue;
        c->channel = POLL_GET;
        c->post = &posts[i];
        posts[i] = (struct client){.fd = -1, .index = i, .channel = POLL_POST};
    }
    if (broadcast || stall) publisher = &clients[opt.clients];
    if (stall) stalled = &clients[opt.clients + 1];
    if (publisher) published_at = calloc(PUBLISHED_RING, sizeof *published_at);
}

static void print_help(void) {
    puts("lg --mode MODE --port PORT --tokens FILE [options]\n\nmodes:");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        printf("  %-10s %s\n", modes[i].name, modes[i].what);
    puts("\noptions: --clients N --seconds S --warmup S --outstanding N --rate PER_SECOND\n"
         "  --concurrency N (handshakes at once) --content BYTES --leave N --megabytes N\n"
         "  --deflate (offer compression, as browsers do)\n"
         "  --other PORT (of a second node, to which every second client connects)\n"
         "  --watch PID (the server's: tell its share of a core as `server_cpu`)\n"
         "  --conversations (speak the product's dialect instead of the bare application's)");
    exit(0);
}

static void read_options(int argc, char **argv) {
    static const struct option known[] = {
        {"mode", 1, 0, 'm'}, {"port", 1, 0, 'p'}, {"tokens", 1, 0, 't'}, {"clients", 1, 0, 'n'},
        {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'w'}, {"outstanding", 1, 0, 'o'},
        {"rate", 1, 0, 'r'}, {"concurrency", 1, 0, 'c'}, {"content", 1, 0, 'b'},
        {"leave", 1, 0, 'l'}, {"megabytes", 1, 0, 'M'}, {"watch", 1, 0, 'W'}, {"deflate", 0, 0, 'd'},
        {"conversations", 0, 0, 'C'}, {"other", 1, 0, 'O'}, {"help", 0, 0, 'h'}, {0}};
    for (int name; (name = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (name) {
        case 'm': opt.mode = optarg; break;
        case 'p': opt.port = atoi(optarg); break;
        case 't': opt.tokens = optarg; break;
        case 'n': opt.clients = atoi(optarg); break;
        case 's': opt.seconds = atof(optarg); break;
        case 'w': opt.warmup = atof(optarg); break;
        case 'o': opt.outstanding = atoi(optarg); break;
        case 'r': opt.rate = atof(optarg); break;
        case 'c': opt.concurrency = atoi(optarg); break;
        case 'b': opt.content = atoi(optarg); break;
        case 'l': opt.leave = atoi(optarg); break;
        case 'M': opt.megabytes = atoi(optarg); break;
        case 'W': opt.watch = atoi(optarg); break;
        case 'd': opt.deflate = true; break;
        case 'O': opt.other = atoi(optarg); break;
        case 'C': opt.dialect = CONVERSATIONS; break;
        case 'h': print_help(); break;
        default: exit(2);
        }
    }
}

/* Thousands of sockets, no SIGPIPE, and timers that ring when they are due. */
static void prepare_process(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1);
    setvbuf(stdout, NULL, _IOLBF, 0);
    epoll_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(timer_fd, (void *)&timer_fd);
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    prepare_process();
    read_tokens();
    content = calloc(1, opt.content + 1);
    memset(content, 'x', opt.content);
    make_clients();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(opt.mode, modes[i].name)) {
            modes[i].run();
            return 0;
        }
    die("no mode called %s", opt.mode);
}
