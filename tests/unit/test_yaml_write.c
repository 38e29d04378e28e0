#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h" /* before cmocka.h, which has a macro fail() */
#include "base/yaml_write.h"

#include <cmocka.h>

static void
a_text_is_read_back_as_it_was(void **state)
{
	static const char *const texts[] = {"", "plain", "a \"b\" \\ c", "yes", "host='/run' # no comment", "tab\there",
	    "two\nlines", "\x01",
	    "gr\xC3\xB6\xC3\x9F"
	    "e \xE6\x97\xA5\xE6\x9C\xAC",
	    "\xC2\x85 next line", " blank ", "- a: {b}"};

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		struct arena *a = arena_new();
		struct faults faults = {0};
		char *out = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&out, &len);
		const struct ynode *root;

		(void)fputs("key: ", f);
		yaml_write_text(f, texts[i]);
		(void)fclose(f);
		assert_ptr_equal(strchr(out, '\n'), out + len - 1);
		root = yaml_parse(a, &(struct yfile){.path = "x.yml", .text = out, .len = len}, &faults);
		if (root == NULL)
			faults_print(&faults);
		assert_non_null(root);
		assert_string_equal(yaml_get(root, "key")->text, texts[i]);
		faults_free(&faults);
		arena_free(a);
		free(out);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(a_text_is_read_back_as_it_was)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
