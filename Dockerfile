# The backend's image. `spendsense build` makes the same for the local cloud without a container engine:
# its environment and command are in ops/image/registry.py, and a test compares the two.

FROM python:3.11.7-slim AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# binutils has `strip`, which trim-dependencies needs; this stage is thrown away. A version cannot be pinned: Debian's
# archive has only the newest of each package.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
# Outside any home directory and without pip: the application's user can read it, and nobody can add to it.
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt /build/
RUN pip --python /opt/venv/bin/python install --no-compile --require-hashes --only-binary :all: -r /build/requirements.txt
COPY scripts/trim-dependencies /build/
RUN /build/trim-dependencies /opt/venv
# By way of the environment, for the next stage: a builder may not notice that a mounted file has changed.
COPY scripts/import-dependencies /opt/venv/
COPY app /srv/app
# The layer never changes, so Python need not compare source and bytecode at every import.
RUN python -m compileall -q --invalidation-mode unchecked-hash /srv/app

FROM python:3.11.7-slim
# curl is what the ECS health check calls. The image only runs what is in it: pip and its like go.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && pip uninstall --yes --quiet --root-user-action ignore setuptools wheel pip \
 && groupadd --gid 1000 appuser \
 && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin appuser
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin
# Bytecode of what the service imports, of Python's own modules too: the base image has none, and a
# read-only container would compile them at every start. What it never imports stays without.
RUN python /opt/venv/import-dependencies
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    UVICORN_PROXY_HEADERS=false \
    UVICORN_TIMEOUT_KEEP_ALIVE=75 \
    UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=25
# Uploads pass through it. With a read-only root ECS mounts a volume here, which has this directory's mode only if the
# image says so; else it would be root's alone.
VOLUME /tmp
WORKDIR /srv
COPY --from=builder /srv/app /srv/app
USER 1000:1000
EXPOSE 8000
# A shell, for `||`: Docker knows only 0 and 1.
# hadolint ignore=DL3025
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 \
    CMD curl --fail --silent --show-error http://localhost:8000/health || exit 1
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]
# Last, so that a new revision alone reuses every layer.
ARG REVISION=unknown
ARG CREATED=unknown
ARG SCHEMA_HEAD=unknown
ARG SCHEMA_REVISIONS=
LABEL org.opencontainers.image.title="spendsense-backend" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.spendsense.schema-head="$SCHEMA_HEAD" \
      org.spendsense.schema-revisions="$SCHEMA_REVISIONS"
