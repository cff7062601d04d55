# One image; its commands are its roles: `docker run loanwatch worker monitor`.

FROM python:3.11-slim AS build
WORKDIR /src
COPY constraints.txt .
# What was pinned is fetched and checked by hash; from then on nothing is fetched.
RUN pip download --quiet --require-hashes --only-binary :all: -r constraints.txt -d /wheels
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY rules rules
COPY detectors detectors
COPY stream stream
COPY desk desk
RUN pip install --quiet --no-index --find-links /wheels hatchling \
 && pip wheel --quiet --no-index --no-deps --no-build-isolation -w /wheels . \
 && python -m venv /opt/loanwatch \
 && /opt/loanwatch/bin/pip install --quiet --no-index --find-links /wheels loanwatch

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home loanwatch \
 && install -d -o loanwatch -g loanwatch /data
COPY --from=build /opt/loanwatch /opt/loanwatch
ENV PATH=/opt/loanwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LOANWATCH_DATA_DIR=/data \
    LOANWATCH_METRICS_HOST=0.0.0.0 \
    LOANWATCH_METRICS_PORT=9100
USER loanwatch
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["loanwatch"]
CMD ["--help"]
