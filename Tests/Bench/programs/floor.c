/* The floor: the same count write and the same binds as a restore, with its parallelism, and nothing else.
 *
 *     floor VFS AT-ONCE PF...
 *
 * PF is a PCI address. Each PF has a thread of its own; of its VFs AT-ONCE are bound at a time.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices/"
#define BIND "/sys/bus/pci/drivers/mlx5_core/bind"

struct pf {
	const char *address;
	pthread_t thread;
	atomic_int next;
};

static int vfs, at_once;

static void store(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) {
		perror(path);
		exit(1);
	}
	close(file);
}

static void store_in_pf(struct pf *pf, const char *name, int number)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), DEVICES "%s/%s", pf->address, name);
	snprintf(text, sizeof(text), "%d", number);
	store(path, text);
}

static void *bind_vfs(void *data)
{
	struct pf *pf = data;
	char path[128], target[128];
	int vf;

	while ((vf = atomic_fetch_add(&pf->next, 1)) < vfs) {
		ssize_t length;

		snprintf(path, sizeof(path), DEVICES "%s/virtfn%d", pf->address, vf);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0) {
			perror(path);
			exit(1);
		}
		target[length] = 0;
		store(BIND, strrchr(target, '/') + 1);
	}
	return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), struct pf *pf)
{
	if (pthread_create(thread, NULL, body, pf)) {
		fprintf(stderr, "no thread\n");
		exit(1);
	}
}

static void *restore(void *data)
{
	struct pf *pf = data;
	pthread_t *threads = calloc(at_once, sizeof(*threads));
	int i;

	store_in_pf(pf, "sriov_drivers_autoprobe", 0);
	store_in_pf(pf, "sriov_numvfs", vfs);
	store_in_pf(pf, "sriov_drivers_autoprobe", 1);
	for (i = 0; i < at_once; i++)
		start(&threads[i], bind_vfs, pf);
	for (i = 0; i < at_once; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return NULL;
}

int main(int count, char **words)
{
	struct pf *pfs;
	int i, pf_count = count - 3;

	if (pf_count < 1) {
		fprintf(stderr, "usage: floor VFS AT-ONCE PF...\n");
		return 64;
	}
	vfs = atoi(words[1]);
	at_once = atoi(words[2]);
	pfs = calloc(pf_count, sizeof(*pfs));
	for (i = 0; i < pf_count; i++) {
		pfs[i].address = words[3 + i];
		start(&pfs[i].thread, restore, &pfs[i]);
	}
	for (i = 0; i < pf_count; i++)
		pthread_join(pfs[i].thread, NULL);
	free(pfs);
	return 0;
}
