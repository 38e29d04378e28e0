/* Options as values, and who set them: the command line, the environment or a file. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "verdict/inputs.h"

/* Public: see README.md. 1 and 2 are never verdicts. */
enum exit_code {
	EXIT_GO = 0,
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,
	EXIT_UNDETERMINED = 5,
	EXIT_VERIFY = 7,
	EXIT_WORSE = 10, /* of diff */
};

/* Who set an option: "--postgres", "PREFLIGHT_POSTGRES", "shop.yml:3". */
struct option_said {
	const char *name, *by, *value;
};

struct options {
	/* Decision inputs. */
	const char *from, *to, *label, *change, *install_method, *path;
	bool next, after, exit_on_warnings, require_tls, required_only;
	struct texts without, require, nodes, notes_read;
	const char *decisions, *redaction;
	/* Sources. */
	struct texts postgres, redis;
	const char *redis_password_file, *sentinel_password_file, *root, *only;
	const char *search, *search_user, *search_password_file, *search_api_key_file, *search_ca;
	const char *search_cert, *search_key, *search_aws_region;
	const char *gitlab, *gitlab_token_file, *gitlab_ca;
	const char *release; /* path, or "auto" */
	bool installed; /* the installed release is read, if it is there: a bundle contains the one to be installed */
	struct texts facts;
	bool no_discover, print_role, print_config, dry_run;
	const char *config;
	const char *timeout, *depth, *interval, *deadline, *observe, *history;
	/* Rules. */
	const char *rules_dir, *rules_file, *rules_key;
	struct texts rules;
	/* Of verify. */
	const char *at, *max_age, *key, *expect;
	const char *expect_gate, *expect_label, *expect_change, *expect_from, *expect_to, *expect_rules;
	bool require_decision;
	/* Output. */
	const char *out, *attach, *color, *sign_key, *sign_password_file;
	struct texts formats;
	bool quiet, verbose, help;
	/* Of help. */
	const char *part;
	/* The whole command line, for the manifest. */
	const char *argv;
	/* What is left: subcommand, files, ids. */
	struct texts words;
	struct {
		struct option_said *items;
		size_t n, cap;
	} said;
};

/* Where value number `i` of an option was set, for messages; the option's name if it was not set. */
const char *option_origin(const struct options *, const char *name, size_t i);
/* One line on stderr, and 2. */
int usage_error(const char *, ...) PRINTF(1, 2);
/* The error with its place, if it has one: for what the user can mend (2), and for what failed inside (1). */
int complain(const struct err *);
int complain_internal(const struct err *);
/* The first, with the option or file that it is about in front. */
int complain_about(const char *what, struct err *);

#endif
