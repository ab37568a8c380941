FROM python:3.12-slim
WORKDIR /srv/qianmian
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir -r requirements.lock
COPY app app
COPY knowledge knowledge
COPY prompts prompts
RUN pip install --no-cache-dir --no-deps -e . && useradd --create-home qianmian && mkdir var && chown qianmian var
USER qianmian
ENV QIANMIAN_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
VOLUME /srv/qianmian/var
CMD ["qianmian", "serve", "--demo"]
