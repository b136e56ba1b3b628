/*
 * limit: what one core can do at most for a broadcast, a connect or a disconnect, `limit PORT`.
 *
 * A C epoll server that speaks just enough Socket.IO for lg's modes `broadcast`, `hold` and `churn`
 * and leaves out all that a real server needs: it checks no token, keeps no session, bounds nothing,
 * and writes the same frame to every member with one send each. What is left is the kernel's share.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    int fd;
    bool upgraded;
    int place; /* in the room, from 1; 0 while outside */
};

static struct peer *room[65536];
static int members, epoll_fd;

/* Writes the head of an unmasked text frame; returns its length. */
static int frame_head(uint8_t *frame, int length) {
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = length;
        return 2;
    }
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length & 255;
    return 4;
}

static void say(struct peer *peer, const char *packet) {
    uint8_t frame[256];
    int length = strlen(packet), head = frame_head(frame, length);
    memcpy(frame + head, packet, length);
    send(peer->fd, frame, head + length, MSG_NOSIGNAL);
}

static void join(struct peer *peer) {
    room[members++] = peer;
    peer->place = members;
    say(peer, "43900000002[]");
}

static void leave(struct peer *peer) {
    if (peer->place) {
        room[peer->place - 1] = room[--members];
        room[peer->place - 1]->place = peer->place;
    }
    close(peer->fd);
    free(peer);
}

static void broadcast(const char *body, int length) {
    static uint8_t frame[1 << 16];
    static const char event[] = "42[\"message:new\",";
    int head = frame_head(frame, sizeof event - 1 + length);
    memcpy(frame + head, event, sizeof event - 1);
    memcpy(frame + head + sizeof event - 1, body, length);
    for (int i = 0; i < members; i++)
        send(room[i]->fd, frame, head + sizeof event - 1 + length, MSG_NOSIGNAL);
}

static void on_packet(struct peer *peer, const char *packet, int length) {
    static const char join_event[] = "42900000002[\"join\"", publish[] = "42[\"pub\",";
    if (!strncmp(packet, "40", 2)) say(peer, "40{\"sid\":\"y\"}");
    else if (!strncmp(packet, join_event, sizeof join_event - 1)) join(peer);
    else if (!strncmp(packet, publish, sizeof publish - 1))
        broadcast(packet + sizeof publish - 1, length - (int)sizeof publish + 1);
}

static void upgrade(struct peer *peer) {
    /* the answer to lg's constant Sec-WebSocket-Key */
    static const char accepted[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    peer->upgraded = true;
    send(peer->fd, accepted, sizeof accepted - 1, MSG_NOSIGNAL);
    say(peer, "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
              "\"maxPayload\":1000000}");
}

/* lg's frames are masked, shorter than 64 KiB and, on loopback, never cut. */
static void on_frames(struct peer *peer, uint8_t *data, int received) {
    int at = 0;
    while (received - at >= 6) {
        int length = data[at + 1] & 127, head = 2;
        if (length == 126) {
            length = data[at + 2] << 8 | data[at + 3];
            head = 4;
        }
        uint8_t *mask = data + at + head, *packet = mask + 4;
        if (at + head + 4 + length > received) return;
        for (int i = 0; i < length; i++) packet[i] ^= mask[i & 3];
        on_packet(peer, (char *)packet, length);
        at += head + 4 + length;
    }
}

static void on_readable(struct peer *peer) {
    static uint8_t data[1 << 16];
    int received = recv(peer->fd, data, sizeof data, MSG_DONTWAIT);
    if (received <= 0) leave(peer);
    else if (peer->upgraded) on_frames(peer, data, received);
    else upgrade(peer);
}

static void watch(int fd, struct peer *peer) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct peer *peer = calloc(1, sizeof *peer);
    peer->fd = fd;
    watch(fd, peer);
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (void *)&address, sizeof address) || listen(fd, 4096)) {
        perror("limit");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on(argc > 1 ? atoi(argv[1]) : 3000);
    epoll_fd = epoll_create1(0);
    watch(listener, NULL);
    for (struct epoll_event events[256];;) {
        int n = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr) on_readable(events[i].data.ptr);
            else welcome(listener);
    }
}
