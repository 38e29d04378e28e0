/*
 * A library for LD_PRELOAD that makes calls fail: one use of a call, or all from that use on. The program under test
 * is the one that is shipped; it cannot tell such a failure from a real one.
 *
 *   FAULT_KIND   which calls: memory open read write sync rename stat net thread pq curl redis archive sqlite json
 *                yaml crypto (see the tables below)
 *   FAULT_AT     the number of the use that fails, from 1; 0 counts only
 *   FAULT_MODE   once, or ever (this use and each later one)
 *   FAULT_EACH   path: only the first use on each distinct path has a number; use: every use has one. A path is the
 *                return address and how deep the stack is there, which differ for almost all different chains of calls.
 *   FAULT_LOG    a file that gets "fired NAME" when a use fails, "uses N" at the end of the process, and "crash
 *                FUNCTION OBJECT" of the function that the program called last where a signal ends it
 *
 * Calls that release something (close, fclose) do that first and report failure afterwards, as a real system does.
 */
#undef _FILE_OFFSET_BITS /* open and open64 are two names here */
#include <archive.h>
#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <yaml.h>

#define PATHS_MAX 65536

static const char *kind;
static long at;
static bool ever;
static bool by_path;
static int log_fd = -1;
static int uses; /* that have a number */
static bool firing;
static uint64_t paths[PATHS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool inside __attribute__((tls_model("initial-exec")));

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static void
note(const char *word, const char *what)
{
	char line[128];
	int n = snprintf(line, sizeof line, "%s %s\n", word, what);

	if (log_fd >= 0 && n > 0)
		(void)!write(log_fd, line, (size_t)n);
}

/* The program's own handlers of crashes run after ours. */
static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
static struct sigaction theirs[NSIG];
static int (*real_sigaction)(int, const struct sigaction *, struct sigaction *);

/* The function that the program itself called last, or that crashed in the program. */
static void
on_crash(int number)
{
	void *frames[64];
	int n = backtrace(frames, 64);
	Dl_info last = {0}, info;
	char text[96];

	inside = true;
	for (int i = 2; i < n && dladdr(frames[i], &info) != 0; i++) {
		if (strstr(info.dli_fname, ".so") == NULL)
			break;
		if (strstr(info.dli_fname, "fail_call") == NULL)
			last = info;
	}
	(void)snprintf(text, sizeof text, "%s %s", last.dli_sname != NULL ? last.dli_sname : "?",
	    last.dli_fname != NULL ? strrchr(last.dli_fname, '/') + 1 : "the-program");
	note("crash", text);
	(void)real_sigaction(number, &theirs[number], NULL);
	(void)raise(number);
}

static bool
is_crash(int number)
{
	for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
		if (crashes[i] == number)
			return true;
	return false;
}

static void
watch_crashes(void)
{
	struct sigaction on = {.sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
	void *found = dlsym(RTLD_NEXT, "sigaction");

	memcpy(&real_sigaction, &found, sizeof found);
	for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
		(void)real_sigaction(crashes[i], &on, NULL);
}

int
sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	if (!is_crash(number))
		return real_sigaction(number, new, old);
	if (old != NULL)
		*old = theirs[number];
	if (new != NULL)
		theirs[number] = *new;
	return 0;
}

/* A descriptor that the program neither has nor closes by accident. */
__attribute__((constructor)) static void
begin(void)
{
	const char *n = getenv("FAULT_AT"), *mode = getenv("FAULT_MODE"), *each = getenv("FAULT_EACH");
	const char *file = getenv("FAULT_LOG");
	void *warm[4];

	inside = true;
	at = n != NULL ? strtol(n, NULL, 10) : 0;
	ever = mode != NULL && strcmp(mode, "ever") == 0;
	by_path = each != NULL && strcmp(each, "path") == 0;
	if (file != NULL) {
		int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		log_fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 700) : -1;
		(void)close(fd);
	}
	(void)backtrace(warm, 4); /* loads what it needs */
	watch_crashes();
	kind = getenv("FAULT_KIND");
	inside = false;
}

__attribute__((destructor)) static void
end(void)
{
	char text[16];

	inside = true;
	(void)snprintf(text, sizeof text, "%d", uses);
	note("uses", text);
}

/* Whether the path was there before. What belongs to a thread lies at a fixed distance from its stack. */
static bool
is_known_path(const void *caller, const void *frame)
{
	uint64_t depth = (uint64_t)((uintptr_t)&inside - (uintptr_t)frame);
	uint64_t hash = ((uint64_t)(uintptr_t)caller * 1099511628211U ^ depth) * 11400714819323198485U;
	size_t i;

	hash = hash == 0 ? 1 : hash;
	for (i = (size_t)(hash >> 32) % PATHS_MAX; paths[i] != 0; i = (i + 1) % PATHS_MAX)
		if (paths[i] == hash)
			return true;
	paths[i] = hash;
	return false;
}

static bool
fails_at(const char *of, const char *name, const void *caller, const void *frame)
{
	bool now = false;
	int saved = errno;

	if (inside || kind == NULL || strcmp(kind, of) != 0)
		return false;
	inside = true;
	(void)pthread_mutex_lock(&lock);
	if (firing)
		now = true;
	else if ((!by_path || !is_known_path(caller, frame)) && ++uses == at) {
		now = true;
		firing = ever;
	}
	if (now && (!firing || uses == at)) {
		note("fired", name);
		uses += firing;
	}
	(void)pthread_mutex_unlock(&lock);
	inside = false;
	errno = saved;
	return now;
}

#define fails(of, name) fails_at(of, name, __builtin_return_address(0), __builtin_frame_address(0))

/* The next definition of the function whose wrapper this is in. */
#define NEXT(name) \
	static __typeof__(name) *next_; \
	if (next_ == NULL) { \
		bool was_ = inside; \
		void *found_; \
		inside = true; \
		found_ = dlsym(RTLD_NEXT, #name); \
		memcpy(&next_, &found_, sizeof next_); \
		inside = was_; \
	}

#define WRAP(of, type, name, params, args, result, error) \
	type name params; \
	type name params \
	{ \
		NEXT(name) \
		if (fails(of, #name)) { \
			errno = (error); \
			return result; \
		} \
		return next_ args; \
	}

/* The same for what releases something: it is released, and then the call reports failure. */
#define WRAP_AFTER(of, type, name, params, args, result, error) \
	type name params; \
	type name params \
	{ \
		NEXT(name) \
		bool bad_ = fails(of, #name); \
		type value_ = next_ args; \
		if (!bad_) \
			return value_; \
		errno = (error); \
		return result; \
	}

void *
malloc(size_t n)
{
	if (!fails("memory", "malloc"))
		return __libc_malloc(n);
	errno = ENOMEM;
	return NULL;
}

void *
calloc(size_t n, size_t size)
{
	if (!fails("memory", "calloc"))
		return __libc_calloc(n, size);
	errno = ENOMEM;
	return NULL;
}

void *
realloc(void *p, size_t n)
{
	if (!fails("memory", "realloc"))
		return __libc_realloc(p, n);
	errno = ENOMEM;
	return NULL;
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (!__builtin_mul_overflow(n, size, &all) && !fails("memory", "reallocarray"))
		return __libc_realloc(p, all);
	errno = ENOMEM;
	return NULL;
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	if (fails("memory", "posix_memalign"))
		return ENOMEM;
	*p = __libc_memalign(align, n);
	return *p != NULL ? 0 : ENOMEM;
}

/* open and its kin have a mode behind the flags only where a file is made. */
#define WRAP_OPEN(name, params, args) \
	int name params; \
	int name params \
	{ \
		NEXT(name) \
		va_list ap_; \
		mode_t mode = 0; \
		if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
			va_start(ap_, flags); \
			mode = va_arg(ap_, mode_t); \
			va_end(ap_); \
		} \
		if (fails("open", #name)) { \
			errno = EMFILE; \
			return -1; \
		} \
		return next_ args; \
	}
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))
WRAP_OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))

#define P const char *path
WRAP("open", FILE *, fopen64, (P, const char *mode), (path, mode), NULL, EMFILE)
WRAP("open", DIR *, opendir, (P), (path), NULL, EACCES)
WRAP("open", DIR *, fdopendir, (int fd), (fd), NULL, ENOMEM)
WRAP("open", int, mkdir, (P, mode_t mode), (path, mode), -1, ENOSPC)
WRAP("open", char *, mkdtemp, (char *path), (path), NULL, ENOSPC)
WRAP("open", int, mkostemp64, (char *path, int flags), (path, flags), -1, ENOSPC)

WRAP("read", ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), -1, EIO)
WRAP("read", ssize_t, pread64, (int fd, void *p, size_t n, off64_t o), (fd, p, n, o), -1, EIO)
WRAP("read", struct dirent64 *, readdir64, (DIR * d), (d), NULL, EIO)
WRAP("read", ssize_t, getdents64, (int fd, void *p, size_t n), (fd, p, n), -1, EIO)
WRAP("read", ssize_t, readlink, (P, char *p, size_t n), (path, p, n), -1, EIO)
WRAP("read", ssize_t, readlinkat, (int d, P, char *p, size_t n), (d, path, p, n), -1, EIO)

/* What ferror() looks at, in glibc. */
static void
mark(FILE *f)
{
	f->_flags |= 0x20;
}

WRAP("write", ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), -1, ENOSPC)
WRAP("write", ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), -1, ENOSPC)
WRAP("write", int, fputs, (const char *s, FILE *f), (s, f), (mark(f), EOF), ENOSPC)
WRAP("write", size_t, fwrite, (const void *p, size_t s, size_t n, FILE *f), (p, s, n, f), (mark(f), 0), ENOSPC)
WRAP_AFTER("write", int, fflush, (FILE * f), (f), EOF, ENOSPC)
WRAP_AFTER("write", int, fclose, (FILE * f), (f), EOF, ENOSPC)
WRAP_AFTER("write", int, close, (int fd), (fd), -1, EIO)

WRAP("sync", int, fsync, (int fd), (fd), -1, EIO)

WRAP("rename", int, rename, (const char *from, const char *to), (from, to), -1, EXDEV)
WRAP("rename", int, unlink, (P), (path), -1, EPERM)
WRAP("rename", int, unlinkat, (int fd, P, int flags), (fd, path, flags), -1, EPERM)
WRAP("rename", int, rmdir, (P), (path), -1, EPERM)

WRAP("stat", int, stat64, (P, struct stat64 *st), (path, st), -1, EIO)
WRAP("stat", int, lstat64, (P, struct stat64 *st), (path, st), -1, EIO)
WRAP("stat", int, fstat64, (int fd, struct stat64 *st), (fd, st), -1, EIO)
WRAP("stat", int, fstatat64, (int fd, P, struct stat64 *st, int fl), (fd, path, st, fl), -1, EIO)
WRAP("stat", int, access, (P, int mode), (path, mode), -1, EIO)
WRAP("stat", int, faccessat, (int fd, P, int mode, int fl), (fd, path, mode, fl), -1, EIO)
WRAP("stat", char *, realpath, (P, char *to), (path, to), NULL, EIO)

WRAP("net", int, socket, (int d, int t, int p), (d, t, p), -1, EMFILE)
WRAP("net", int, connect, (int fd, __CONST_SOCKADDR_ARG a, socklen_t n), (fd, a, n), -1, ENETUNREACH)
WRAP("net", int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1, ENOMEM)
WRAP("net", ssize_t, send, (int fd, const void *p, size_t n, int fl), (fd, p, n, fl), -1, ECONNRESET)
WRAP("net", ssize_t, recv, (int fd, void *p, size_t n, int fl), (fd, p, n, fl), -1, ECONNRESET)
WRAP("net", int, setsockopt, (int fd, int l, int o, const void *p, socklen_t n), (fd, l, o, p, n), -1, ENOPROTOOPT)
WRAP("net", int, getsockopt, (int fd, int l, int o, void *p, socklen_t *n), (fd, l, o, p, n), -1, EBADF)
WRAP("net", int, getaddrinfo, (const char *h, const char *s, const struct addrinfo *q, struct addrinfo **r),
    (h, s, q, r), EAI_AGAIN, EAGAIN)

WRAP("thread", int, eventfd, (unsigned n, int fl), (n, fl), -1, EMFILE)
WRAP("thread", int, signalfd, (int fd, const sigset_t *s, int fl), (fd, s, fl), -1, EMFILE)
WRAP("thread", int, pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *x), (t, a, f, x),
    EAGAIN, EAGAIN)

WRAP("pq", PGconn *, PQconnectStartParams, (const char *const *k, const char *const *v, int x), (k, v, x), NULL, ENOMEM)
WRAP("pq", PQconninfoOption *, PQconninfoParse, (const char *s, char **e), (s, e), NULL, ENOMEM)
WRAP("pq", PQconninfoOption *, PQconninfo, (PGconn * c), (c), NULL, ENOMEM)
WRAP("pq", int, PQsetnonblocking, (PGconn * c, int v), (c, v), -1, EIO)
WRAP("pq", int, PQsendQueryParams,
    (PGconn * c, const char *s, int n, const Oid *t, const char *const *v, const int *l, const int *f, int r),
    (c, s, n, t, v, l, f, r), 0, EIO)
WRAP("pq", int, PQflush, (PGconn * c), (c), -1, EIO)
WRAP("pq", int, PQconsumeInput, (PGconn * c), (c), 0, EIO)
WRAP("pq", PGresult *, PQgetResult, (PGconn * c), (c), NULL, EIO)
WRAP("pq", PGcancel *, PQgetCancel, (PGconn * c), (c), NULL, ENOMEM)
WRAP("pq", const char *, PQparameterStatus, (const PGconn *c, const char *n), (c, n), NULL, EIO)

WRAP("curl", CURL *, curl_easy_init, (void), (), NULL, ENOMEM)
WRAP("curl", CURLM *, curl_multi_init, (void), (), NULL, ENOMEM)
WRAP("curl", CURLU *, curl_url, (void), (), NULL, ENOMEM)
WRAP("curl", CURLcode, curl_easy_perform, (CURL * c), (c), CURLE_OUT_OF_MEMORY, EIO)
WRAP("curl", CURLcode, curl_easy_send, (CURL * c, const void *p, size_t n, size_t *s), (c, p, n, s), CURLE_SEND_ERROR,
    EIO)
WRAP("curl", CURLcode, curl_easy_recv, (CURL * c, void *p, size_t n, size_t *s), (c, p, n, s), CURLE_RECV_ERROR, EIO)
WRAP("curl", CURLMcode, curl_multi_add_handle, (CURLM * m, CURL *c), (m, c), CURLM_OUT_OF_MEMORY, EIO)
WRAP("curl", CURLMcode, curl_multi_perform, (CURLM * m, int *n), (m, n), CURLM_INTERNAL_ERROR, EIO)
WRAP("curl", CURLMsg *, curl_multi_info_read, (CURLM * m, int *n), (m, n), NULL, EIO)
WRAP("curl", struct curl_slist *, curl_slist_append, (struct curl_slist * l, const char *s), (l, s), NULL, ENOMEM)
WRAP("curl", CURLUcode, curl_url_set, (CURLU * u, CURLUPart p, const char *s, unsigned f), (u, p, s, f),
    CURLUE_OUT_OF_MEMORY, ENOMEM)

#undef curl_easy_setopt
CURLcode
curl_easy_setopt(CURL *c, CURLoption o, ...)
{
	NEXT(curl_easy_setopt)
	va_list ap;
	void *p;

	/* Every value of an option has the width of a pointer here. */
	va_start(ap, o);
	p = va_arg(ap, void *);
	va_end(ap);
	return fails("curl", "curl_easy_setopt") ? CURLE_OUT_OF_MEMORY : next_(c, o, p);
}

WRAP("redis", redisReader *, redisReaderCreateWithFunctions, (redisReplyObjectFunctions * f), (f), NULL, ENOMEM)
WRAP("redis", int, redisReaderFeed, (redisReader * r, const char *p, size_t n), (r, p, n), REDIS_ERR, ENOMEM)
WRAP("redis", int, redisReaderGetReply, (redisReader * r, void **p), (r, p), REDIS_ERR, ENOMEM)

typedef struct archive archive;
typedef struct archive_entry entry;
WRAP("archive", archive *, archive_read_new, (void), (), NULL, ENOMEM)
WRAP("archive", archive *, archive_write_new, (void), (), NULL, ENOMEM)
WRAP("archive", entry *, archive_entry_new, (void), (), NULL, ENOMEM)
WRAP("archive", int, archive_write_header, (archive * a, entry *e), (a, e), ARCHIVE_FATAL, EIO)
WRAP("archive", la_ssize_t, archive_write_data, (archive * a, const void *p, size_t n), (a, p, n), ARCHIVE_FATAL, EIO)
WRAP_AFTER("archive", int, archive_write_close, (archive * a), (a), ARCHIVE_FATAL, EIO)
WRAP_AFTER("archive", int, archive_write_free, (archive * a), (a), ARCHIVE_FATAL, EIO)
WRAP("archive", int, archive_write_add_filter_gzip, (archive * a), (a), ARCHIVE_FATAL, ENOMEM)
WRAP("archive", int, archive_write_set_format_pax_restricted, (archive * a), (a), ARCHIVE_FATAL, ENOMEM)
WRAP("archive", int, archive_read_open_memory, (archive * a, const void *p, size_t n), (a, p, n), ARCHIVE_FATAL, ENOMEM)
WRAP("archive", entry *, archive_entry_new2, (archive * a), (a), NULL, ENOMEM)
WRAP("archive", int, archive_read_next_header2, (archive * a, entry *e), (a, e), ARCHIVE_FATAL, EIO)
WRAP("archive", la_ssize_t, archive_read_data, (archive * a, void *p, size_t n), (a, p, n), ARCHIVE_FATAL, EIO)

typedef const unsigned char *sql_text;
WRAP("sqlite", int, sqlite3_open_v2, (P, sqlite3 **d, int f, const char *v), (path, d, f, v), SQLITE_CANTOPEN, ENOMEM)
WRAP("sqlite", int, sqlite3_prepare_v2, (sqlite3 * d, const char *s, int n, sqlite3_stmt **t, const char **e),
    (d, s, n, t, e), (*t = NULL, SQLITE_NOMEM), ENOMEM)
WRAP("sqlite", int, sqlite3_step, (sqlite3_stmt * s), (s), SQLITE_NOMEM, ENOMEM)
WRAP("sqlite", int, sqlite3_exec, (sqlite3 * d, const char *s, sqlite3_callback f, void *x, char **e), (d, s, f, x, e),
    SQLITE_NOMEM, ENOMEM)
WRAP("sqlite", int, sqlite3_bind_int64, (sqlite3_stmt * s, int i, sqlite3_int64 v), (s, i, v), SQLITE_NOMEM, ENOMEM)
WRAP("sqlite", int, sqlite3_bind_null, (sqlite3_stmt * s, int i), (s, i), SQLITE_NOMEM, ENOMEM)
WRAP("sqlite", int, sqlite3_bind_text, (sqlite3_stmt * s, int i, const char *v, int n, void (*f)(void *)),
    (s, i, v, n, f), SQLITE_NOMEM, ENOMEM)
WRAP("sqlite", sql_text, sqlite3_column_text, (sqlite3_stmt * s, int i), (s, i), NULL, ENOMEM)
WRAP("sqlite", sql_text, sqlite3_value_text, (sqlite3_value * v), (v), NULL, ENOMEM)
WRAP("sqlite", const char *, sqlite3_column_name, (sqlite3_stmt * s, int i), (s, i), NULL, ENOMEM)
WRAP("sqlite", void *, sqlite3_aggregate_context, (sqlite3_context * c, int n), (c, n), NULL, ENOMEM)

#undef json_object_set_new
WRAP("json", json_t *, json_object, (void), (), NULL, ENOMEM)
WRAP("json", json_t *, json_array, (void), (), NULL, ENOMEM)
WRAP("json", json_t *, json_string, (const char *s), (s), NULL, ENOMEM)
WRAP("json", json_t *, json_integer, (json_int_t n), (n), NULL, ENOMEM)
WRAP("json", int, json_object_set_new, (json_t * o, const char *k, json_t *v), (o, k, v), (json_decref(v), -1), ENOMEM)
WRAP("json", int, json_array_append_new, (json_t * o, json_t *v), (o, v), (json_decref(v), -1), ENOMEM)
WRAP("json", json_t *, json_loadb, (const char *s, size_t n, size_t f, json_error_t *e), (s, n, f, e),
    (e != NULL ? (void)(e->text[0] = '\0') : (void)0, NULL), ENOMEM)
WRAP("json", char *, json_dumps, (const json_t *v, size_t f), (v, f), NULL, ENOMEM)
WRAP("json", int, json_dumpf, (const json_t *v, FILE *o, size_t f), (v, o, f), -1, ENOMEM)

WRAP("yaml", int, yaml_parser_initialize, (yaml_parser_t * p), (p), 0, ENOMEM)
WRAP("yaml", int, yaml_parser_parse, (yaml_parser_t * p, yaml_event_t *e), (p, e),
    (memset(e, 0, sizeof *e), p->error = YAML_MEMORY_ERROR, 0), ENOMEM)
WRAP("yaml", int, yaml_parser_load, (yaml_parser_t * p, yaml_document_t *d), (p, d),
    (memset(d, 0, sizeof *d), p->error = YAML_MEMORY_ERROR, 0), ENOMEM)

WRAP("crypto", EVP_MD_CTX *, EVP_MD_CTX_new, (void), (), NULL, ENOMEM)
WRAP("crypto", int, EVP_DigestUpdate, (EVP_MD_CTX * c, const void *p, size_t n), (c, p, n), 0, ENOMEM)
WRAP("crypto", int, EVP_DigestFinal_ex, (EVP_MD_CTX * c, unsigned char *p, unsigned *n), (c, p, n), 0, ENOMEM)
WRAP("crypto", int, EVP_Digest, (const void *d, size_t n, unsigned char *p, unsigned *l, const EVP_MD *t, ENGINE *e),
    (d, n, p, l, t, e), 0, ENOMEM)
