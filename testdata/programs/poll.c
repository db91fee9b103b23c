/* A poetry server on poll. With a fourth argument it does not ignore SIGPIPE. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 2000

static char *poem;
static size_t length;
static struct pollfd polls[MOST];
static size_t sent[MOST]; /* of the poem; beyond its length: waiting for the client to close */
static nfds_t used = 1;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void load(const char *name) {
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        fail(name);
    size_t room = 1 << 16, n;
    poem = malloc(room);
    while (poem != NULL && (n = fread(poem + length, 1, room - length, file)) > 0) {
        length += n;
        if (length == room)
            poem = realloc(poem, room *= 2);
    }
    if (poem == NULL || ferror(file))
        fail(name);
    fclose(file);
}

static void drop(nfds_t i) {
    close(polls[i].fd);
    used--;
    polls[i] = polls[used];
    sent[i] = sent[used];
}

/* Returns 0 if the client is done with. */
static int serve(nfds_t i) {
    char ignored[4096];
    if (sent[i] > length) {
        ssize_t n = read(polls[i].fd, ignored, sizeof ignored);
        return n > 0 || (n < 0 && errno == EAGAIN);
    }
    while (sent[i] < length) {
        ssize_t n = write(polls[i].fd, poem + sent[i], length - sent[i]);
        if (n < 0)
            return errno == EAGAIN;
        sent[i] += (size_t)n;
    }
    if (shutdown(polls[i].fd, SHUT_WR) < 0)
        return 0;
    sent[i] = length + 1;
    polls[i].events = POLLIN;
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    load(argv[3]);
    if (argc == 4)
        signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &at.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 100) < 0)
        fail("listen");
    polls[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (poll(polls, used, -1) >= 0) {
        for (nfds_t i = used; i-- > 1;)
            if (polls[i].revents != 0 && !serve(i))
                drop(i);
        if (polls[0].revents == 0 || used == MOST)
            continue;
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        fcntl(client, F_SETFL, O_NONBLOCK);
        polls[used] = (struct pollfd){.fd = client, .events = POLLOUT};
        sent[used++] = 0;
    }
    fail("poll");
}
