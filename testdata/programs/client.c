/* A poetry client on poll, which writes the poems in the order of their servers:
   client SECONDS PORT ... */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct download {
    const char *port;
    char *poem;
    size_t length, room;
    int connected, failed;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(struct download *d, const char *why) {
    fprintf(stderr, "port %s: %s\n", d->port, why);
    d->failed = 1;
}

/* Returns the socket of a connection that is being made, or -1. */
static int begin(struct download *d) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(d->port)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
        (connect(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno != EINPROGRESS)) {
        fail(d, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* Reads what there is. Returns 0 if nothing more will come. */
static int receive(struct download *d, int fd) {
    if (!d->connected) {
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) {
            fail(d, strerror(error));
            return 0;
        }
        d->connected = 1;
        return 1;
    }
    if (d->room - d->length < 4096) {
        d->room = 2 * d->room + 65536;
        char *more = realloc(d->poem, d->room);
        if (more == NULL) {
            fail(d, strerror(errno));
            return 0;
        }
        d->poem = more;
    }
    ssize_t n = read(fd, d->poem + d->length, d->room - d->length);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        fail(d, strerror(errno));
        return 0;
    }
    if (n > 0)
        d->length += (size_t)n;
    return n != 0;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    nfds_t servers = (nfds_t)argc - 2, open = 0;
    struct download *all = calloc(servers, sizeof *all);
    struct pollfd *polls = calloc(servers, sizeof *polls);
    if (all == NULL || polls == NULL)
        return 2;
    double end = now() + atof(argv[1]);
    for (nfds_t i = 0; i < servers; i++) {
        all[i].port = argv[i + 2];
        polls[i] = (struct pollfd){.fd = begin(&all[i]), .events = POLLOUT};
        open += polls[i].fd >= 0;
    }
    while (open > 0 && now() < end) {
        if (poll(polls, servers, (int)((end - now()) * 1000) + 1) < 0 && errno != EINTR)
            return 2;
        for (nfds_t i = 0; i < servers; i++) {
            if (polls[i].fd < 0 || polls[i].revents == 0)
                continue;
            polls[i].events = POLLIN;
            if (receive(&all[i], polls[i].fd))
                continue;
            close(polls[i].fd);
            polls[i].fd = -1; /* which poll ignores */
            open--;
        }
    }
    int failed = 0;
    for (nfds_t i = 0; i < servers; i++) {
        if (polls[i].fd >= 0)
            fail(&all[i], "not finished in time");
        failed |= all[i].failed;
        if (!all[i].failed && fwrite(all[i].poem, 1, all[i].length, stdout) < all[i].length)
            return 2;
    }
    return fflush(stdout) != 0 || failed;
}
