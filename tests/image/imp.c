/* SPDX-License-Identifier: GPL-2.0-or-later */
/* imp.c - does to torc, inside the appliance, what nobody can do from outside.
 *
 * The appliance has no shell.  A test boots it with a second initramfs in which this program stands
 * at torc's place, and torc beside it as torc.real.  Every start is passed on; the first one that
 * is to serve (-db) leaves a process behind that listens for orders by UDP:
 *
 *     stop     every process of torc is stopped: it hangs, and does not die
 *     keeper   the keeper is killed          balancer  its child, the balancer, is killed
 *
 * and answers each with how many processes it found; and
 *
 *     clock    answered with the machine's time, in microseconds since 1970 */
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REAL	      "/usr/sbin/torc.real"
#define PORT	      6666
#define PROCESSES_MAX 64

struct process {
	int pid, parent;
};

/* Every process that runs the real torc. */
static int find(struct process found[PROCESSES_MAX])
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	while (folder && (entry = readdir(folder)) && count < PROCESSES_MAX) {
		char path[300], target[64] = "", state;
		struct process *process = &found[count];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0 || strcmp(target, REAL) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		count += fscanf(file, "%d %*s %c %d", &process->pid, &state, &process->parent) == 3;
		fclose(file);
	}
	if (folder)
		closedir(folder);
	return count;
}

static int obey(const char *order)
{
	struct process found[PROCESSES_MAX];
	int count = find(found), done = 0;

	for (int i = 0; i < count; i++) {
		bool keeper = found[i].parent == 1;

		if (strcmp(order, "stop") == 0)
			done += kill(found[i].pid, SIGSTOP) == 0;
		else if (strcmp(order, keeper ? "keeper" : "balancer") == 0)
			done += kill(found[i].pid, SIGKILL) == 0;
	}
	return done;
}

static long long clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

static void listen_for_orders(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)}, there;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char order[32], answer[32];

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		return; /* an earlier start has left one */
	for (;;) {
		socklen_t len = sizeof(there);
		ssize_t got =
			recvfrom(fd, order, sizeof(order) - 1, 0, (struct sockaddr *)&there, &len);

		if (got <= 0)
			continue;
		order[got] = '\0';
		snprintf(answer, sizeof(answer), "%lld",
			strcmp(order, "clock") == 0 ? clock_us() : obey(order));
		sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&there, len);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-db") == 0 && fork() == 0) {
			if (fork() == 0) {
				setsid();
				for (int fd = 0; fd < 1024; fd++)
					close(fd); /* torc's output has its reader */
				listen_for_orders();
			}
			_exit(0);
		}
	}
	execv(REAL, argv);
	return 127;
}
