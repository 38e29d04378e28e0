/*
 * Temporary files that do not outlive the program. What removes them may run in a signal handler, or when there is no
 * more memory: it makes system calls only. Knows nothing of what is in them.
 */
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPEN_MAX_AT_ONCE 4

/* Those that somebody sends first; the others are crashes, in a library without memory for example. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
#define SENT 3
static struct temporary *volatile open_now[OPEN_MAX_AT_ONCE];

/* The layout that getdents64 fills. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short bytes;
	unsigned char type;
	char name[];
};

static bool
is_inside(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool remove_at(int dir, const char *name);

/* Empties the directory; entries that are gone may hide others from one pass, so passes go on until one finds none. */
static bool
empty(int fd)
{
	char buffer[2048] __attribute__((aligned(8)));
	bool ok = true, found = true;
	long n;

	while (ok && found) {
		found = false;
		if (lseek(fd, 0, SEEK_SET) != 0)
			return false;
		while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
			for (long at = 0; at < n;) {
				const struct entry *en = (const void *)(buffer + at);

				at += en->bytes;
				if (!is_inside(en->name))
					continue;
				found = true;
				ok = remove_at(fd, en->name) && ok;
			}
		ok = ok && n == 0;
	}
	return ok;
}

static bool
remove_at(int dir, const char *name)
{
	bool ok;
	int fd;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return true;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = empty(fd);
	(void)close(fd);
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 && ok;
}

bool
temporary_remove(const char *path)
{
	return remove_at(AT_FDCWD, path);
}

static void
remove_all(void)
{
	for (size_t i = 0; i < nitems(open_now); i++)
		if (open_now[i] != NULL)
			(void)remove_at(AT_FDCWD, open_now[i]->path);
}

/* The default action is back, and ends the process once this returns. */
static void
on_signal(int number)
{
	int saved = errno;

	remove_all();
	(void)raise(number);
	errno = saved;
}

/* A signal that is ignored (nohup) stays so. */
static void
watch_once(void)
{
	static bool done;
	struct sigaction on = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;

	if (done)
		return;
	done = true;
	at_abort(remove_all);
	(void)atexit(remove_all); /* libraries call exit() */
	for (size_t i = 0; i < nitems(ending); i++)
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			(void)sigaction(ending[i], &on, NULL);
}

/* No signal between the making and the entry in the list. */
static bool
make_listed(struct temporary *t, bool directory)
{
	size_t slot = 0;
	sigset_t set, old;
	bool ok;

	while (slot < nitems(open_now) && open_now[slot] != NULL)
		slot++;
	if (slot == nitems(open_now)) {
		errno = EMFILE;
		return false;
	}
	(void)sigemptyset(&set);
	for (size_t i = 0; i < SENT; i++)
		(void)sigaddset(&set, ending[i]);
	(void)pthread_sigmask(SIG_BLOCK, &set, &old);
	ok = directory ? mkdtemp(t->path) != NULL : (t->fd = mkostemp(t->path, O_CLOEXEC)) >= 0;
	if (ok)
		open_now[slot] = t;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ok;
}

bool
temporary_make(struct temporary *t, const char *dir, bool directory)
{
	int n = snprintf(t->path, sizeof t->path, "%s/.preflight-XXXXXX", dir);

	t->fd = -1;
	if (n < 0 || n >= (int)sizeof t->path) {
		t->path[0] = '\0';
		errno = ENAMETOOLONG;
		return false;
	}
	watch_once();
	if (make_listed(t, directory))
		return true;
	t->path[0] = '\0';
	return false;
}

static void
forget(struct temporary *t)
{
	for (size_t i = 0; i < nitems(open_now); i++)
		if (open_now[i] == t)
			open_now[i] = NULL;
	t->path[0] = '\0';
}

bool
temporary_keep(struct temporary *t, const char *path)
{
	if (rename(t->path, path) != 0)
		return false;
	forget(t);
	return true;
}

void
temporary_drop(struct temporary *t)
{
	if (t->path[0] == '\0')
		return;
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
	(void)remove_at(AT_FDCWD, t->path);
	forget(t);
}
