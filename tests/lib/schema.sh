# shellcheck shell=bash
# What the program prints as JSON, against the schemas that it publishes.
#
#   follows NAME SCHEMA   $out follows reports/SCHEMA.schema.json, and has no member that the schema does not name
#
# Needs tap.sh.

follows()
{
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || {
		skip 'python3-jsonschema is not installed'
		return
	}
	ok "$1" /usr/bin/python3 -c 'import json, sys, jsonschema
def closed(s):
    if isinstance(s, dict):
        if "properties" in s:
            s["additionalProperties"] = False
        for value in s.values():
            closed(value)
    return s
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for error in jsonschema.Draft202012Validator(closed(schema)).iter_errors(json.loads(sys.argv[2])):
    sys.exit(f"{list(error.absolute_path)}: {error.message}")' "$top/reports/$2.schema.json" "$out"
}
