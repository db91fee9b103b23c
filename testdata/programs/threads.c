/* A poetry server with a thread for each client. With a fourth argument nobody waits
   for the threads that have ended, nor are they detached, so their stacks stay. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char *poem;
static size_t length;

static void *serve(void *argument) {
    int client = (int)(long)argument;
    char input[4096];
    size_t sent = 0;
    while (sent < length) {
        ssize_t n = send(client, poem + sent, length - sent, MSG_NOSIGNAL);
        if (n <= 0) break; /* the client has gone */
        sent += (size_t)n;
    }
    shutdown(client, SHUT_WR);
    while (read(client, input, sizeof input) > 0) {
    }
    close(client);
    return NULL;
}

static void *fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    int on = 1, careless = argc > 4;
    FILE *file = fopen(argv[3], "rb");
    if (!file) fail(argv[3]);
    fseek(file, 0, SEEK_END);
    length = (size_t)ftell(file);
    rewind(file);
    poem = malloc(length + 1);
    if (fread(poem, 1, length, file) != length) fail(argv[3]);
    fclose(file);

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    address.sin_port = htons((unsigned short)atoi(argv[2]));
    inet_aton(argv[1], &address.sin_addr);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) fail("listen");
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        if (pthread_create(&thread, NULL, serve, (void *)(long)client))
            close(client);
        else if (!careless)
            pthread_detach(thread);
    }
}
