var _0x1f=['\x68'];eval(atob('MQ=='));require('child_process').exec('x')
