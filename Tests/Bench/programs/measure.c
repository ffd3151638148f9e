/* Runs a command and writes what it took, its children included, to a file as one line of JSON:
 *
 *     measure FILE COMMAND...
 *
 * wall, user and system are seconds, memory is the peak resident set of one process in KiB (getrusage(2)). The exit status
 * is the command's.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
	return time.tv_sec + time.tv_usec / 1e6;
}

int main(int count, char **words)
{
	double start, wall;
	struct rusage usage;
	int status;
	pid_t child;
	FILE *file;

	if (count < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND...\n");
		return 64;
	}
	start = seconds();
	child = fork();
	if (child == 0) {
		execvp(words[2], words + 2);
		perror(words[2]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("measure");
		return 71;
	}
	wall = seconds() - start;
	file = fopen(words[1], "w");
	if (!file) {
		perror(words[1]);
		return 73;
	}
	fprintf(file, "{\"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, \"memory\": %ld}\n", wall, seconds_of(usage.ru_utime),
		seconds_of(usage.ru_stime), usage.ru_maxrss);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
