import base64, os, subprocess
def f(u):
    x = base64.b64decode("aGVsbG8gd29ybGQ=").decode()
    exec(compile(x, "<s>", "exec"))
    return subprocess.run(["sh", "-c", x], env=dict(os.environ))
