# The app and the command line. With it docker compose (docker-compose.yml) builds the graph of a folder of notes, in
# Neo4j or in a file, and serves the app.
FROM python:3.12-slim AS wheel
COPY . /src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel /src

FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

COPY constraints.txt /tmp/
COPY --from=wheel /wheel /tmp/wheel
COPY scripts/serve_in_container.py /usr/local/lib/studyatlas/
RUN pip install --constraint /tmp/constraints.txt /tmp/wheel/*.whl \
    && rm -r /tmp/wheel /tmp/constraints.txt \
    && useradd --uid 10001 --create-home atlas \
    && install --directory --owner atlas --group atlas /data

USER atlas
WORKDIR /home/atlas
VOLUME /data
EXPOSE 8501

# Without compose: docker run -v studyatlas:/data -p 127.0.0.1:8501:8501 (on the loopback of the host only;
# scripts/serve_in_container.py says why). STUDYATLAS_GRAPH, STUDYATLAS_STORE, STUDYATLAS_NEO4J_… name another graph.
ENV STUDYATLAS_GRAPH=/data/graph.db

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=5 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

CMD ["python", "/usr/local/lib/studyatlas/serve_in_container.py"]
