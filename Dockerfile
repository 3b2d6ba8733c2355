# The app and the command line. docker compose (docker-compose.yml) builds the graph of a folder of notes with it and serves the pages.
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
RUN pip install --constraint /tmp/constraints.txt /tmp/wheel/*.whl \
    && rm -r /tmp/wheel /tmp/constraints.txt \
    && useradd --uid 10001 --create-home atlas \
    && install --directory --owner atlas --group atlas /data

USER atlas
WORKDIR /home/atlas
VOLUME /data
EXPOSE 8501

# Inside the container the pages listen on all interfaces, because a published port arrives on the container's own address, not on its
# loopback. Publish it on the loopback of the host only (-p 127.0.0.1:8501:8501): the pages have no log-in.
ENV STUDYATLAS_GRAPH=/data/graph.db \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false \
    STREAMLIT_CLIENT_TOOLBAR_MODE=minimal

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=5 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

CMD ["sh", "-c", "exec streamlit run \"$(python -c 'import ui; print(ui.__path__[0])')/app.py\""]
