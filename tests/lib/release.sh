# shellcheck shell=bash
# An invented GitLab as its packages and images hold it: a small tree, and the artefacts that real tools make of it.
#
#   release_tree DIR [VERSION] [EDITION]   makes a Rails root in DIR (default 19.9.0 ee); overwrite or add files after
#   release_migration DIR VERSION NAME [post] [BODY]
#       adds db/migrate/VERSION_NAME.rb (db/post_migrate with "post") with BODY, and its db/schema_migrations file
#   release_package DIR RAILS [VERSION]    makes in DIR what the Linux package installs, with the Rails root RAILS
#   release_deb FILE RAILS [VERSION] [COMPRESSION] [NAME]   a .deb; COMPRESSION as of dpkg-deb -Z (default xz; or "xz -z1")
#   release_deb_of FILE DIR [VERSION] [COMPRESSION] [NAME]  a .deb of what release_package made in DIR
#   release_rpm FILE RAILS [VERSION] [COMPRESSION] [NAME]   an .rpm; COMPRESSION like w6.xzdio (the default)
#   release_image FILE docker|oci RAILS [KEY=VALUE]...      an image of three layers, see release_image.py
#
# $release_min and $release_pg_min are what the pre-install script demands (19.2 and 17).

release_min=${release_min:-19.2}
release_pg_min=${release_pg_min:-17}

release_migration()
{
	local dir=$1 version=$2 name=$3 folder=migrate class

	[ "${4:-}" != post ] || folder=post_migrate
	class=$(printf '%s' "$name" | sed -E 's/(^|_)([a-z0-9])/\U\2/g')
	mkdir -p "$dir/db/$folder" "$dir/db/schema_migrations"
	cat >"$dir/db/$folder/${version}_$name.rb" <<-END
		# frozen_string_literal: true

		class $class < Gitlab::Database::Migration[2.3]
		  milestone '19.9'

		${5:-  def change; end}
		end
	END
	printf %s "$name" | sha256sum | cut -c -64 | tr -d '\n' >"$dir/db/schema_migrations/$version"
}

release_tree()
{
	local dir=$1 version=${2:-19.9.0} edition=${3:-ee}

	mkdir -p "$dir"/config "$dir"/app/models "$dir"/db/docs/{deleted_tables,views,batched_background_migrations} \
		"$dir"/db/{database_connections,migrate,post_migrate,schema_migrations} || return 1
	if [ "$edition" = ee ]; then
		printf '%s-ee' "$version" >"$dir/VERSION"
	else
		printf %s "$version" >"$dir/VERSION"
	fi
	cat >"$dir/config/upgrade_path.yml" <<-'END'
		- major: 19
		  minor: 5
		- major: 19
		  minor: 8
	END
	cat >"$dir/db/structure.sql" <<-'END'
		CREATE TABLE projects (
		    id bigint NOT NULL,
		    name text
		);

		CREATE TABLE widgets (
		    id bigint NOT NULL,
		    project_id bigint,
		    CONSTRAINT check_0123456789 CHECK ((project_id IS NOT NULL))
		);

		ALTER TABLE ONLY projects ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
		ALTER TABLE ONLY widgets ADD CONSTRAINT widgets_pkey PRIMARY KEY (id);
	END
	cp "$dir/db/structure.sql" "$dir/db/structure.sql.bundled"
	ln -s structure.sql "$dir/db/ci_structure.sql"
	printf -- 'projects:\n- name_id\n' >"$dir/db/integer_ids_not_yet_initialized_to_bigint.yml"
	printf 'name: main\n' >"$dir/db/database_connections/main.yaml"
	local table
	for table in projects widgets; do
		printf -- '---\ntable_name: %s\ngitlab_schema: gitlab_main\nmilestone: "8.0"\n' "$table" \
			>"$dir/db/docs/$table.yml"
	done
	printf -- '---\ntable_name: gadgets\ngitlab_schema: gitlab_main\n' >"$dir/db/docs/deleted_tables/gadgets.yml"
	printf -- '---\nview_name: all_widgets\n' >"$dir/db/docs/views/all_widgets.yml"
	cat >"$dir/db/docs/batched_background_migrations/backfill_widgets_project_id.yml" <<-'END'
		---
		migration_job_name: BackfillWidgetsProjectId
		milestone: '19.7'
		queued_migration_version: 20260601000001
		finalized_by: '20260901000002'
	END
	release_migration "$dir" 20211202041233 init_schema
	release_migration "$dir" 20260901000001 add_widgets_project_id_not_null
	release_migration "$dir" 20260901000002 finalize_backfill_widgets_project_id post
	printf 'not wanted\n' >"$dir/app/models/widget.rb"
	printf 'not wanted\n' >"$dir/db/init_structure.sql"
	[ "$edition" = ee ] || return 0
	mkdir -p "$dir"/ee/elastic/{docs,migrate} "$dir"/ee/db/geo/{migrate,post_migrate}
	printf -- '---\nname: AddWidgets\nversion: "20260801000001"\n' >"$dir/ee/elastic/docs/20260801000001_add_widgets.yml"
	printf 'class AddWidgets < Elastic::Migration; end\n' >"$dir/ee/elastic/migrate/20260801000001_add_widgets.rb"
	printf 'CREATE TABLE geo_nodes (id bigint NOT NULL);\n' >"$dir/ee/db/geo/structure.sql"
	printf 'class A; end\n' >"$dir/ee/db/geo/migrate/20260801000002_a.rb"
	printf 'class B; end\n' >"$dir/ee/db/geo/post_migrate/20260801000003_b.rb"
}

release_package()
{
	local dir=$1 rails=$2 version=${3:-19.9.0}

	mkdir -p "$dir"/opt/gitlab/embedded/{service,cookbooks/package/libraries} &&
		cp -a "$rails" "$dir/opt/gitlab/embedded/service/gitlab-rails" || return 1
	printf '{"build_version": "%s"}\n' "$version" >"$dir/opt/gitlab/version-manifest.json"
	printf 'module Gitlab; end\n' >"$dir/opt/gitlab/embedded/cookbooks/package/libraries/deprecations.rb"
}

release_preinst()
{
	printf 'MIN_VERSION=%s\nPG_MIN_VERSION=%s\nexit 0\n' "$release_min" "$release_pg_min"
}

release_deb()
{
	local file=$1 rails=$2 work

	work=$(mktemp -d "${cleanup_root:?}/deb.XXXXXX") || return 1
	release_package "$work" "$rails" "${3:-19.9.0}" && release_deb_of "$file" "$work" "${@:3}"
	local status=$?
	rm -rf "$work"
	return $status
}

release_deb_of()
{
	local file=$1 work=$2 version=${3:-19.9.0} compression=${4:-xz} name=${5:-gitlab-ee}

	mkdir "$work/DEBIAN" || return 1
	printf '%s\n' "Package: $name" "Version: $version-ee.0" 'Architecture: amd64' 'Maintainer: nobody <n@example.com>' \
		'Description: invented' >"$work/DEBIAN/control"
	{ echo '#!/bin/sh'; release_preinst; } >"$work/DEBIAN/preinst"
	chmod 755 "$work" "$work/DEBIAN" "$work/DEBIAN/preinst"
	# shellcheck disable=SC2086
	dpkg-deb -Z$compression --root-owner-group -b "$work" "$file" >/dev/null
}

release_rpm()
{
	local file=$1 rails=$2 version=${3:-19.9.0} compression=${4:-w6.xzdio} name=${5:-gitlab-ee} work

	work=$(mktemp -d "${cleanup_root:?}/rpm.XXXXXX") && release_package "$work/tree" "$rails" "$version" || return 1
	{
		printf '%s\n' "Name: $name" "Version: $version" 'Release: ee.0.el9' 'Summary: invented' 'License: MIT' \
			'BuildArch: noarch' 'AutoReqProv: no' '%description' 'invented' '%pre'
		release_preinst
		printf '%s\n' '%install' "cp -a $work/tree/. %{buildroot}" '%files' '/opt'
	} >"$work/spec"
	rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/out" --define "_tmppath $work" \
		--define "_binary_payload $compression" --define '__os_install_post %{nil}' --define '_build_id_links none' \
		--buildroot "$work/root" "$work/spec" >"$work/log" 2>&1 && mv "$work"/out/*/*.rpm "$file"
	local status=$?
	[ $status = 0 ] || cat "$work/log" >&2
	rm -rf "$work"
	return $status
}

release_image()
{
	/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/release_image.py" "$@"
}
