# docker build -t incident-bridge .
# docker run -p 8080:8080 -v ./etc:/etc/bridge:ro -v bridge:/var/lib/bridge incident-bridge
# docs/operations.md says what belongs in ./etc/bridge.yaml.

FROM python:3.13-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock ./
# The only step that reaches the network: whatever does not have its locked hash fails here.
RUN pip download --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock -d /wheels
RUN pip install --quiet --no-index --find-links /wheels hatchling
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY bridge bridge
RUN pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
 && python -m venv /opt/bridge \
 && /opt/bridge/bin/pip install --quiet --no-index --find-links /wheels "incident-bridge[postgres]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/bridge --create-home --shell /usr/sbin/nologin bridge
COPY --from=build /opt/bridge /opt/bridge
ENV PATH=/opt/bridge/bin:$PATH BRIDGE_CONFIG=/etc/bridge/bridge.yaml PYTHONUNBUFFERED=1
USER bridge
WORKDIR /var/lib/bridge
VOLUME /var/lib/bridge
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4).close()"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["bridge"]
CMD ["serve"]
