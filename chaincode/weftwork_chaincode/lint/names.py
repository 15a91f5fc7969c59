"""Which name of Python's library falls under which rule; the longest that fits decides."""

ALLOWED = ""
"""The rule of a name that is an exception within a module that falls under one."""

# A module's name stands for everything in it. "?" is a receiver whose class is not known.
_BY_RULE: dict[str, str] = {
    "clock": """
        time datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today
        datetime.date.today asyncio.sleep asyncio.timeout asyncio.timeout_at asyncio.wait_for
        sched timeit threading.Timer signal.alarm signal.setitimer resource.getrusage os.times
        pandas.Timestamp.now pendulum arrow
    """,
    "time-zone": """
        time.localtime time.mktime time.ctime time.asctime time.tzset time.tzname time.timezone
        time.altzone time.daylight zoneinfo dateutil.tz pytz email.utils.localtime
        datetime.date.fromtimestamp
    """,
    "random": """
        random secrets uuid.uuid1 uuid.uuid4 uuid.uuid6 uuid.uuid7 uuid.uuid8 uuid.getnode
        os.urandom os.getrandom ssl.RAND_bytes numpy.random tempfile.mktemp
        cryptography.fernet.Fernet.generate_key cryptography.fernet.Fernet.encrypt
        cryptography.hazmat.primitives.asymmetric.ec.generate_private_key
        cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key
        cryptography.x509.random_serial_number
        bcrypt.gensalt nanoid shortuuid faker
    """,
    "hash": """
        builtins.hash builtins.id ?.__hash__ builtins.object.__hash__ builtins.object.__repr__
    """,
    "float": """
        builtins.float builtins.complex math cmath statistics numpy pandas scipy
        decimal.Decimal.__float__ operator.truediv operator.itruediv random.gauss
        ?.__truediv__ ?.as_integer_ratio builtins.float.fromhex
    """,
    "environment": """
        os.environ os.environb os.getenv os.getenvb os.getpid os.getppid os.getcwd os.getlogin
        os.getuid os.cpu_count os.uname os.getloadavg os.name os.sep os.linesep os.path.expanduser
        os.path.abspath os.path.expandvars os.path.realpath os.sched_getaffinity
        sys.argv sys.orig_argv sys.version sys.version_info sys.hexversion sys.platform sys.path
        sys.executable sys.flags sys.implementation sys.byteorder sys.maxsize sys.hash_info
        sys.getsizeof sys.getrefcount sys.modules sys.prefix sys.getrecursionlimit
        sys.getfilesystemencoding sys.getdefaultencoding sys.float_info sys.api_version
        platform sysconfig getpass pwd grp resource psutil gc tracemalloc
        socket.gethostname socket.getfqdn multiprocessing.cpu_count
        importlib.metadata pathlib.Path.home pathlib.Path.cwd dotenv site
    """,
    "locale": """
        locale gettext calendar.month_name calendar.month_abbr calendar.day_name
        calendar.day_abbr calendar.month calendar.TextCalendar calendar.LocaleTextCalendar
        time.strftime time.strptime datetime.datetime.strptime ?.strftime babel
        datetime.datetime.strftime datetime.date.strftime datetime.time.strftime
        os.fsencode os.fsdecode
    """,
    "directory-order": """
        os.listdir os.scandir os.walk os.fwalk glob ?.iterdir ?.rglob pathlib.Path.iterdir
        pathlib.Path.glob pathlib.Path.rglob pathlib.Path.walk pkgutil.iter_modules
    """,
    "file": """
        builtins.open builtins.input io.open os.open os.read os.write os.stat os.path.exists
        os.path.getmtime os.path.getsize os.path.isfile os.path.isdir os.remove os.unlink os.rename
        os.replace os.mkdir os.makedirs os.rmdir os.access os.link os.symlink os.truncate
        os.path.getatime os.path.getctime os.chdir
        shutil tempfile sqlite3 dbm shelve mmap fcntl codecs.open
        tarfile.open zipfile.ZipFile gzip.open bz2.open lzma.open fileinput linecache
        sys.stdin pkgutil.get_data importlib.resources configparser.ConfigParser.read
        pathlib.Path.open pathlib.Path.read_text pathlib.Path.read_bytes pathlib.Path.write_text
        pathlib.Path.write_bytes pathlib.Path.exists pathlib.Path.stat pathlib.Path.is_file
        pathlib.Path.is_dir pathlib.Path.unlink pathlib.Path.mkdir pathlib.Path.touch
        ?.read_text ?.read_bytes ?.write_text ?.write_bytes aiofiles
    """,
    "network": """
        socket socketserver ssl select selectors urllib.request urllib.error urllib3 http.client
        http.server requests httpx aiohttp grpc websockets smtplib ftplib poplib imaplib telnetlib
        xmlrpc asyncio.open_connection asyncio.start_server asyncio.open_unix_connection
        redis psycopg psycopg2 pymongo sqlalchemy asyncpg boto3 kafka paramiko
    """,
    "subprocess": """
        subprocess os.system os.popen os.fork os.forkpty os.execv os.execve os.execl os.execlp
        os.execvp os.spawnl os.spawnv os.posix_spawn os.kill pty asyncio.create_subprocess_exec
        asyncio.create_subprocess_shell signal ctypes
    """,
    "concurrency": """
        threading _thread concurrent.futures multiprocessing queue asyncio.gather
        asyncio.create_task asyncio.ensure_future asyncio.TaskGroup asyncio.wait
        asyncio.as_completed asyncio.to_thread asyncio.run asyncio.run_coroutine_threadsafe
        asyncio.get_event_loop asyncio.get_running_loop asyncio.new_event_loop asyncio.Queue
        asyncio.PriorityQueue asyncio.LifoQueue asyncio.Lock asyncio.Event asyncio.Semaphore
        asyncio.Condition asyncio.Barrier asyncio.shield asyncio.current_task asyncio.all_tasks
        asyncio.Runner anyio trio gevent joblib
    """,
    ALLOWED: """
        time.struct_time math.gcd math.lcm math.isqrt math.comb math.perm math.factorial math.prod
        calendar ssl.SSLError queue.Empty queue.Full socket.error tempfile.gettempprefix
        math.floor math.ceil math.trunc zoneinfo.ZoneInfoNotFoundError
        signal.Signals locale.Error concurrent.futures.TimeoutError
        random.Random.__init__ time.gmtime
    """,
}


def words(text: str, before: str = "") -> frozenset[str]:
    """The words of a text, each with ``before`` in front."""
    return frozenset(before + word for word in text.split())


_RULE_OF = {name: rule for rule, names in _BY_RULE.items() for name in names.split()}


def rule_of(name: str) -> str:
    """The rule that a dotted name falls under; empty where it is harmless."""
    while name:
        if name in _RULE_OF:
            return _RULE_OF[name]
        name = name.rpartition(".")[0]
    return ALLOWED
