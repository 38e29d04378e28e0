# For templates/ of a chart of yours that has GitLab's chart as a dependency: `helm upgrade` stops before it changes
# anything unless the verdict is GO. helm upgrade --no-hooks passes it by; who may do that is a matter of your pipeline.
# Values: preflight.image, preflight.to (the GitLab version of the new chart), preflight.from (the one that runs).
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
              value: host={{ .Release.Name }}-postgresql dbname=gitlabhq_production user=gitlab sslmode=prefer
            - {name: PREFLIGHT_REDIS, value: "redis://{{ .Release.Name }}-redis-master:6379/0"}
            - {name: PREFLIGHT_OUT, value: /bundle/preflight.tar.gz}
            - name: PGPASSWORD
              valueFrom:
                secretKeyRef: {name: "{{ .Release.Name }}-postgresql-password", key: postgresql-password}
            - name: PREFLIGHT_REDIS_PASSWORD
              valueFrom:
                secretKeyRef: {name: "{{ .Release.Name }}-redis-secret", key: secret}
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
