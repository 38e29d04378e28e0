# For templates/ of a chart of yours that has GitLab's chart as a dependency: `helm upgrade` stops before it changes
# anything unless the verdict is GO. helm upgrade --no-hooks passes it by; who may do that is a matter of your pipeline.
# Values: preflight.image, preflight.to (the GitLab version of the new chart), preflight.from (the one that runs).
#
# Without preflight.postgres and preflight.redis, hosts and secrets are those of the servers that GitLab's chart brings
# up to 9.x. Source: the chart's templates gitlab.psql.password.secret and .key, gitlab.redis.password.secret and .key,
# gitlab.redis.host. Chart 10 has no such servers.
{{- $release := .Release.Name }}
{{- $postgres := .Values.preflight.postgres | default dict }}
{{- $redis := .Values.preflight.redis | default dict }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-preflight
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation
  labels: {app: preflight}
spec:
  # A verdict is not better on the next try.
  backoffLimit: 0
  activeDeadlineSeconds: 900
  template:
    metadata:
      labels: {app: preflight}
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: preflight
          image: {{ .Values.preflight.image | quote }}
          command: [preflight, check, --no-discover]
          env:
            - {name: PREFLIGHT_TO, value: {{ .Values.preflight.to | quote }}}
            - {name: PREFLIGHT_FROM, value: {{ .Values.preflight.from | quote }}}
            - {name: PREFLIGHT_INSTALL_METHOD, value: helm}
            - name: PREFLIGHT_POSTGRES
              value: {{ printf "host=%s dbname=%s user=%s sslmode=prefer"
                ($postgres.host | default (printf "%s-postgresql" $release))
                ($postgres.database | default "gitlabhq_production") ($postgres.user | default "gitlab") | quote }}
            - name: PREFLIGHT_REDIS
              value: {{ $redis.url | default (printf "redis://%s-redis-master:6379/0" $release) | quote }}
            - {name: PREFLIGHT_OUT, value: /bundle/preflight.tar.gz}
            - name: PGPASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ $postgres.secret | default (printf "%s-postgresql-password" $release) | quote }}
                  key: {{ $postgres.key | default "postgresql-password" | quote }}
            - name: PREFLIGHT_REDIS_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ $redis.secret | default (printf "%s-redis-secret" $release) | quote }}
                  key: {{ $redis.key | default "secret" | quote }}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {memory: 512Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: bundle, mountPath: /bundle}
      volumes:
        # A claim in its place keeps the bundle.
        - name: bundle
          emptyDir: {sizeLimit: 64Mi}
